package serve

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

func yes(expires time.Time) func(int, string) (*verdict, error) {
	return func(int, string) (*verdict, error) {
		return &verdict{user: &identity{name: "system:serviceaccount:shop:robot"}, expires: expires}, nil
	}
}

func no(int, string) (*verdict, error) {
	return &verdict{rejected: rejection{id: finding.TokenExpired}}, nil
}

func decide(d *Decider, raw string) Decision {
	return d.Decide(context.Background(), Request{Authorization: []string{"Bearer " + raw}})
}

func TestCacheEndsWithTheToken(t *testing.T) {
	c := &clock{t: start}
	a := &asked{answer: yes(start.Add(5 * time.Second))}
	d := with(defaults(Review), a, c)
	if out := decide(d, "a"); out.Kind != Allow || out.Cached {
		t.Fatalf("%+v", out)
	}
	c.add(4999 * time.Millisecond)
	if out := decide(d, "a"); out.Kind != Allow || !out.Cached || a.times() != 1 {
		t.Errorf("a moment before exp: %+v, asked %d times", out, a.times())
	}
	c.add(time.Millisecond)
	a.answer = no
	if out := decide(d, "a"); out.Kind != Rejected || out.Cached || a.times() != 2 {
		t.Errorf("at exp: %+v, asked %d times", out, a.times())
	}
}

// A clock that was set back makes no expired token valid again, and one that was set forward ends the cache.
func TestCacheAndClockJumps(t *testing.T) {
	c := &clock{t: start}
	a := &asked{answer: yes(start.Add(time.Hour))}
	d := with(defaults(Review), a, c)
	decide(d, "a")
	c.add(2 * time.Hour)
	a.answer = no
	if out := decide(d, "a"); out.Kind != Rejected {
		t.Errorf("after a jump beyond exp: %+v", out)
	}
	c.add(-2 * time.Hour)
	if out := decide(d, "a"); a.times() != 2 && out.Kind != Rejected {
		t.Errorf("after a jump back: %+v", out)
	}
}

func TestRejectionsAreCachedApart(t *testing.T) {
	o := defaults(Review)
	o.CacheSize = 2
	a := &asked{answer: yes(time.Time{})}
	d := with(o, a, &clock{t: start})
	decide(d, "good")
	a.answer = no
	for i := range 50 {
		decide(d, "bad"+strconv.Itoa(i))
	}
	if out := decide(d, "good"); !out.Cached || out.Kind != Allow {
		t.Errorf("50 rejections displaced an acceptance: %+v", out)
	}
	if out := decide(d, "bad49"); !out.Cached || out.Kind != Rejected || out.Finding != finding.TokenExpired {
		t.Errorf("a rejection: %+v", out)
	}
	if out := decide(d, "bad1"); out.Cached {
		t.Error("the cache has more rejections than its size")
	}
}

func TestNothingIsCachedWithoutAnAnswer(t *testing.T) {
	a := &asked{answer: func(int, string) (*verdict, error) {
		return nil, &unavailable{finding.APIServerUnreachable, errors.New("down")}
	}}
	d := with(defaults(Review), a, &clock{t: start})
	for n := 1; n <= 3; n++ {
		if out := decide(d, "a"); out.Kind != Unavailable || out.Cached || a.times() != n || out.Finding != finding.APIServerUnreachable {
			t.Errorf("%d: %+v, asked %d times", n, out, a.times())
		}
	}
	a.answer = yes(time.Time{})
	if out := decide(d, "a"); out.Kind != Allow {
		t.Errorf("after an outage: %+v", out)
	}
}

func TestTTLs(t *testing.T) {
	o := defaults(Review)
	o.CacheTTL, o.NegativeTTL = 0, 0
	a := &asked{answer: yes(time.Time{})}
	d := with(o, a, &clock{t: start})
	decide(d, "a")
	decide(d, "a")
	a.answer = no
	decide(d, "b")
	decide(d, "b")
	if a.times() != 4 {
		t.Errorf("asked %d times with a TTL of 0", a.times())
	}
	o.CacheTTL, o.NegativeTTL = 10*time.Second, 2*time.Second
	for _, answer := range []struct {
		of  func(int, string) (*verdict, error)
		ttl time.Duration
	}{{yes(time.Time{}), o.CacheTTL}, {yes(start.Add(time.Hour)), o.CacheTTL}, {yes(start.Add(3 * time.Second)), 3*time.Second - 1}, {no, o.NegativeTTL}} {
		a, c := &asked{answer: answer.of}, &clock{t: start}
		d = with(o, a, c)
		decide(d, "a")
		c.add(answer.ttl)
		if out := decide(d, "a"); !out.Cached || a.times() != 1 {
			t.Errorf("%s: asked %d times at the end of the TTL", answer.ttl, a.times())
		}
		c.add(1)
		if out := decide(d, "a"); out.Cached || a.times() != 2 {
			t.Errorf("%s: asked %d times after the TTL", answer.ttl, a.times())
		}
	}
	// A server whose clock is slow accepts an expired token: the answer holds once.
	a = &asked{answer: yes(start.Add(-time.Second))}
	d = with(o, a, &clock{t: start})
	for n := 1; n <= 2; n++ {
		if out := decide(d, "a"); out.Kind != Allow || out.Cached || a.times() != n {
			t.Errorf("expired by this clock: %+v, asked %d times", out, a.times())
		}
	}
}

// Requests with the same token wait for one question, and one that gives up does not end it.
func TestOneQuestionForAll(t *testing.T) {
	release := make(chan struct{})
	a := &asked{answer: func(int, string) (*verdict, error) {
		<-release
		return yes(time.Time{})(0, "")
	}}
	o := defaults(Review)
	d := with(o, a, &clock{t: start})
	gone, cancel := context.WithCancel(context.Background())
	first := make(chan Decision)
	go func() { first <- d.Decide(gone, Request{Authorization: []string{"Bearer a"}}) }()
	for a.times() == 0 {
		time.Sleep(time.Millisecond)
	}
	var others sync.WaitGroup
	for range 20 {
		others.Go(func() {
			if out := decide(d, "a"); out.Kind != Allow {
				t.Errorf("%+v", out)
			}
		})
	}
	cancel()
	if out := <-first; out.Kind != Unavailable {
		t.Errorf("the request that gave up: %+v", out)
	}
	time.Sleep(20 * time.Millisecond)
	close(release)
	others.Wait()
	if a.times() != 1 {
		t.Errorf("asked %d times", a.times())
	}
}

func TestMaxReviews(t *testing.T) {
	release := make(chan struct{})
	a := &asked{answer: func(_ int, raw string) (*verdict, error) {
		if raw != "after" {
			<-release
		}
		return yes(time.Time{})(0, "")
	}}
	o := defaults(Review)
	o.MaxReviews = 2
	d := with(o, a, &clock{t: start})
	var waiting sync.WaitGroup
	for _, raw := range []string{"a", "b"} {
		waiting.Go(func() { decide(d, raw) })
	}
	for a.times() < 2 {
		time.Sleep(time.Millisecond)
	}
	if out := decide(d, "c"); out.Kind != Unavailable || out.Finding != finding.APIServerError || a.times() != 2 {
		t.Errorf("a third question: %+v", out)
	}
	close(release)
	waiting.Wait()
	if out := decide(d, "after"); out.Kind != Allow {
		t.Errorf("after the others: %+v", out)
	}
}

// The shorter of both timeouts counts: that of the command, and that of Envoy.
func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	a := &asked{answer: func(int, string) (*verdict, error) { <-release; return no(0, "") }}
	o := defaults(Review)
	o.ReviewTimeout = time.Minute
	d := with(o, a, &clock{t: start})
	begin := time.Now()
	out := d.Decide(context.Background(), Request{Authorization: []string{"Bearer a"}, Timeout: 20 * time.Millisecond})
	if out.Kind != Unavailable || time.Since(begin) > 10*time.Second {
		t.Errorf("%+v after %s", out, time.Since(begin))
	}
	o.ReviewTimeout = 20 * time.Millisecond
	d = with(o, a, &clock{t: start})
	if out := d.Decide(context.Background(), Request{Authorization: []string{"Bearer b"}, Timeout: time.Hour}); out.Kind != Unavailable {
		t.Errorf("%+v", out)
	}
}

// Who joins a question that fails asks once more: it may have begun long before.
func TestJoinedQuestionFails(t *testing.T) {
	release := make(chan struct{})
	a := &asked{answer: func(n int, _ string) (*verdict, error) {
		if n == 1 {
			<-release
			return nil, &unavailable{finding.APIServerUnreachable, errors.New("too late")}
		}
		return yes(time.Time{})(n, "")
	}}
	d := with(defaults(Review), a, &clock{t: start})
	first, second := make(chan Decision), make(chan Decision)
	go func() { first <- decide(d, "a") }()
	for a.times() == 0 {
		time.Sleep(time.Millisecond)
	}
	go func() { second <- decide(d, "a") }()
	time.Sleep(50 * time.Millisecond)
	close(release)
	if out := <-first; out.Kind != Unavailable {
		t.Errorf("the first: %+v", out)
	}
	if out := <-second; out.Kind != Allow || a.times() != 2 {
		t.Errorf("the second: %+v, asked %d times", out, a.times())
	}
}

// A crash is no answer, and what it quotes is not repeated.
func TestCrashIsNoAnswer(t *testing.T) {
	a := &asked{answer: func(_ int, raw string) (*verdict, error) { panic("with " + raw) }}
	d := with(defaults(Review), a, &clock{t: start})
	if out := decide(d, "secret-of-a-caller"); out.Kind != Unavailable || len(out.Said) == 0 || contains(out.Said, "secret-of-a-caller") {
		t.Errorf("%+v", out)
	}
}

// The same token for other audiences is another question, and no part of a key is a token.
func TestCacheKeys(t *testing.T) {
	key := func(raw string, audiences ...string) string {
		o := defaults(Review)
		o.Audiences = audiences
		c := newCache(nil, &o, nil, nil)
		c.key = []byte("one")
		return c.id(token.NewSecret(raw))
	}
	seen := map[string]string{}
	for _, c := range [][]string{{"a", "b"}, {"a", "b", "c"}, {"a", "bc"}, {"ab", "c"}, {"a"}, {"ab"}, {"", "ab"}} {
		id := key(c[0], c[1:]...)
		if other, ok := seen[id]; ok {
			t.Errorf("%q and %s have the same key", c, other)
		}
		seen[id] = strconv.Quote(c[0])
	}
	o := defaults(Review)
	first, second := newCache(nil, &o, nil, nil), newCache(nil, &o, nil, nil)
	if first.id(token.NewSecret("a")) == second.id(token.NewSecret("a")) {
		t.Error("two processes have the same key")
	}
}
