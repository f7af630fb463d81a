package serve

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// tally counts statuses.
type tally struct {
	mu sync.Mutex
	of map[string]int
}

func (c *tally) add(status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[status]++
}

// load sends the tokens in turn with n clients until stop is closed, and counts what each got.
func load(address string, n int, stop <-chan struct{}, raw ...string) (ended *sync.WaitGroup, got []*tally) {
	ended = &sync.WaitGroup{}
	for range raw {
		got = append(got, &tally{})
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}, Timeout: 10 * time.Second}
	for range n {
		ended.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				which := i % len(raw)
				r, _ := http.NewRequest(http.MethodGet, "http://"+address, nil)
				r.Header.Set("Authorization", "Bearer "+raw[which])
				answer, err := client.Do(r)
				var refused *net.OpError
				switch {
				case errors.As(err, &refused) && refused.Op == "dial":
					got[which].add("not connected")
				case err != nil:
					got[which].add("lost: " + err.Error())
				default:
					_, _ = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
					got[which].add(strconv.Itoa(answer.StatusCode) + " " + answer.Header.Get("Kubeflow-Userid"))
				}
			}
		})
	}
	return ended, got
}

// only fails the test if something else than the allowed statuses was counted, or a wanted one was not.
func (c *tally) only(t *testing.T, what string, wanted string, others ...string) {
	t.Helper()
	for status, n := range c.of {
		ok := status == wanted
		for _, other := range others {
			ok = ok || status == other
		}
		if !ok {
			t.Errorf("%s: %d times %q", what, n, status)
		}
	}
	if wanted != "" && c.of[wanted] == 0 {
		t.Errorf("%s: never %q: %v", what, wanted, c.of)
	}
}

// The key files are replaced while tokens come: at no moment does a token pass that no file's keys signed, and the
// tokens of a key that stays are never rejected.
func TestKeysRotateUnderLoad(t *testing.T) {
	stays, old, next, foreign := newSigner(t, "stays"), newSigner(t, "old"), newSigner(t, "next"), newSigner(t, "old")
	o := defaults(Keys)
	o.CacheTTL, o.NegativeTTL, o.MaxReviews = 0, 0, 64
	s, c, files, _ := offline(t, o, stays, old)
	address, _, _ := running(t, s)
	stop := make(chan struct{})
	ended, got := load(address, 4, stop, stays.token(nil), old.token(nil), next.token(nil), foreign.token(nil))
	for range 20 {
		for _, keys := range [][]byte{jwks(stays, next), jwks(stays, next)[:100], nil, jwks(stays, old), []byte("{")} {
			files.write("keys.json", keys)
			c.add(lookAgain)
			time.Sleep(5 * time.Millisecond)
		}
	}
	close(stop)
	ended.Wait()
	const yes, no = "200 system:serviceaccount:shop:robot", "401 "
	got[0].only(t, "a key that stays", yes)
	got[1].only(t, "a key that comes and goes", yes, no)
	got[2].only(t, "a key that goes and comes", yes, no)
	got[3].only(t, "a key that no file has", no)
}

// The API server restarts, is slow and overloaded while tokens come: a token that it rejects never passes, and one
// that it accepts is never rejected.
func TestAPIServerFailsUnderLoad(t *testing.T) {
	good, bad := newSigner(t, "one").token(nil), newSigner(t, "two").token(nil)
	a := newAPIServer(t)
	a.Config.ErrorLog = quiet
	var fault atomic.Int64
	a.set(func() { a.judge = func(raw string) bool { return raw == good } })
	a.set(func() {
		a.fault = func(w http.ResponseWriter, r *http.Request) bool {
			switch fault.Load() {
			case 1:
				w.Header().Set("Retry-After", "1")
				w.WriteHeader(http.StatusTooManyRequests)
			case 2:
				w.WriteHeader(http.StatusInternalServerError)
			case 3:
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			case 4:
				panic(http.ErrAbortHandler)
			case 5:
				_, _ = io.WriteString(w, `{"kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "status": {"authent`)
			default:
				return false
			}
			return true
		}
	})
	s, _, log := reviewing(t, a, func(o *Options) { o.ReviewTimeout, o.MaxReviews = 50*time.Millisecond, 64 })
	address, _, stopServer := running(t, s)
	stop := make(chan struct{})
	ended, got := load(address, 4, stop, good, bad)
	for range 3 {
		for f := range int64(6) {
			fault.Store(f)
			time.Sleep(60 * time.Millisecond)
		}
	}
	fault.Store(0)
	time.Sleep(200 * time.Millisecond)
	close(stop)
	ended.Wait()
	got[0].only(t, "accepted", "200 system:serviceaccount:shop:robot", "503 ")
	got[1].only(t, "rejected", "401 ", "503 ")
	if got[0].of["503 "] == 0 {
		t.Error("the faults were not met")
	}
	if err := stopServer(); err != nil {
		t.Error(err)
	}
	for _, raw := range []string{good, bad} {
		if text := log.String(); strings.Contains(text, raw) || strings.Contains(text, raw[strings.LastIndex(raw, ".")+1:]) {
			t.Error("the log has a token")
		}
	}
}

// A stop under load loses no answer: each request gets one, or no connection.
func TestStopUnderLoad(t *testing.T) {
	one := newSigner(t, "one")
	s, _, _, log := offline(t, defaults(Keys), one)
	address, _, stopServer := running(t, s)
	stop := make(chan struct{})
	ended, got := load(address, 8, stop, one.token(nil))
	time.Sleep(100 * time.Millisecond)
	if err := stopServer(); err != nil {
		t.Error(err)
	}
	close(stop)
	ended.Wait()
	answered := 0
	for status, n := range got[0].of {
		switch {
		case strings.HasPrefix(status, "200 "):
			answered = n
		// Go's client cannot tell an idle connection that ends from a lost answer (net/http sends a GET again).
		case status == "not connected", strings.Contains(status, "connection reset"), strings.Contains(status, "EOF"):
		default:
			t.Errorf("%d times %q", n, status)
		}
	}
	// Each decision has its line, also the last one.
	if lines := bytes.Count(log.Bytes(), []byte(`"decision":"allowed"`)); lines < answered || answered == 0 {
		t.Errorf("%d lines for %d answers", lines, answered)
	}
}

// Clients that send nothing, or a byte at a time, keep no other from its answer.
func TestSlowClients(t *testing.T) {
	one := newSigner(t, "one")
	s, _, _, _ := offline(t, defaults(Keys), one)
	address, _, _ := running(t, s)
	for i := range 500 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%2 == 0 {
			_, _ = conn.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\nAuth"))
		}
	}
	stop := make(chan struct{})
	ended, got := load(address, 2, stop, one.token(nil))
	time.Sleep(200 * time.Millisecond)
	close(stop)
	ended.Wait()
	got[0].only(t, "beside 500 slow clients", "200 system:serviceaccount:shop:robot")
}

// The longest token is decided, and a header that is too large is refused before it is read.
func TestHeaderSizes(t *testing.T) {
	s, _, _, _ := offline(t, defaults(Keys), newSigner(t, "one"))
	address, _, _ := running(t, s)
	for _, c := range []struct {
		size   int
		status int
		reason finding.ID
	}{{MaxToken, 401, finding.MalformedJWT}, {MaxToken + 1, 401, finding.TokenTooLong}, {maxHeader + 8192, 431, ""}} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		go func() {
			_, _ = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n", strings.Repeat("a", c.size))
		}()
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%d: %v", c.size, err)
			continue
		}
		if challenge := answer.Header.Get("WWW-Authenticate"); answer.StatusCode != c.status || c.reason != "" && c.size > MaxToken && !strings.Contains(challenge, string(c.reason)) {
			t.Errorf("%d bytes: %d %s, want %d %s", c.size, answer.StatusCode, challenge, c.status, c.reason)
		}
	}
}

// Clients choose what is cached of rejections: large payloads do not stay in memory.
func TestMemoryOfBadTokens(t *testing.T) {
	one := newSigner(t, "one")
	o := defaults(Keys)
	o.CacheSize, o.NegativeTTL = 8192, time.Hour
	s, _, _, _ := offline(t, o, newSigner(t, "one"))
	parts := strings.Split(one.token(map[string]any{"jti": strings.Repeat("j", 20<<10), "pad": strings.Repeat("p", 20<<10)}), ".")
	random := make([]byte, 64)
	before := heap()
	for range 1000 {
		_, _ = rand.Read(random)
		if d := s.decide(parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(random)); d.Kind != Rejected {
			t.Fatalf("got %+v", d)
		}
	}
	if grown := int64(heap()) - int64(before); grown > 16<<20 {
		t.Errorf("%d MiB stay in memory after 1,000 tokens of 54 KiB", grown>>20)
	}
	runtime.KeepAlive(s)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// The clock is set while tokens come: an expired token never passes, whatever is cached.
func TestClockJumps(t *testing.T) {
	one := newSigner(t, "one")
	s, c, _, _ := offline(t, defaults(Keys), one)
	raw := one.token(nil)
	for _, jump := range []time.Duration{0, time.Hour, -time.Hour, 59*time.Minute - 1, 1, -59 * time.Minute, -2 * time.Minute, 48 * time.Hour, -24 * time.Hour} {
		c.add(jump)
		now := c.now()
		want := Rejected
		if !now.Before(start) && now.Before(start.Add(time.Hour)) {
			want = Allow
		}
		// A rejection may be kept for its TTL.
		out := s.decide(raw)
		if out.Kind == Allow && want != Allow || out.Kind != want && !out.Cached {
			t.Errorf("at %s: %s (cached %v), want %s", now, out.Kind, out.Cached, want)
		}
		c.add(3 * time.Second)
	}
}

// A question that hangs holds one place of --max-reviews, until --review-timeout ends.
func TestHangingQuestionsEnd(t *testing.T) {
	a := newAPIServer(t)
	a.set(func() {
		a.status = robot("reports")
		a.fault = func(_ http.ResponseWriter, r *http.Request) bool {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return true
		}
	})
	s, _, _ := reviewing(t, a, func(o *Options) { o.ReviewTimeout, o.MaxReviews = 200*time.Millisecond, 2 })
	ask := func(raw string, wait time.Duration) Decision {
		return s.decider.Decide(context.Background(), Request{Authorization: []string{"Bearer " + raw}, Timeout: wait})
	}
	for i := range 2 {
		if out := ask(fmt.Sprint("t", i), time.Millisecond); out.Kind != Unavailable {
			t.Errorf("%+v", out)
		}
	}
	if out := ask("excess", time.Second); out.Kind != Unavailable || !strings.Contains(out.Said, "--max-reviews") {
		t.Errorf("%+v", out)
	}
	a.set(func() { a.fault = nil })
	time.Sleep(400 * time.Millisecond)
	if out := ask("later", time.Second); out.Kind != Allow {
		t.Errorf("afterwards: %+v", out)
	}
}
