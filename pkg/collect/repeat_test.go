package collect

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// Each attempt sends the same requests over new connections.
func TestRepeat(t *testing.T) {
	t.Run("HTTP/1.1", func(t *testing.T) { holdRepeats(t, newFake(t)) })
	t.Run("HTTP/2", func(t *testing.T) {
		f := newFake(t)
		f.Close()
		f.Server = httptest.NewUnstartedServer(f)
		f.EnableHTTP2 = true
		f.Config.ErrorLog = log.New(io.Discard, "", 0)
		f.StartTLS()
		t.Cleanup(f.Close)
		holdRepeats(t, f)
	})
}

func holdRepeats(t *testing.T, f *fake) {
	t.Helper()
	var mu sync.Mutex
	from := map[string]string{}
	f.before = func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if strings.HasSuffix(r.URL.Path, "reviews") {
			from[r.RemoteAddr] += r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:] + " "
		}
	}
	o := options()
	o.Repeat, o.Interval = 5, 20*time.Millisecond
	e := Collect(t.Context(), f.caller(t), holding(accountOf("shop", "robot", nil)), o)
	s := e.Subjects[0]
	if len(s.Attempts) != 5 {
		t.Fatalf("%d attempts", len(s.Attempts))
	}
	for i, a := range s.Attempts {
		if !a.Wire.Known() || a.Wire.Value.User.Username != "subject" || !a.Review.Known() || a.Review.Value.User.Username != "jane" {
			t.Errorf("attempt %d: %+v", i, a)
		}
	}
	wire, reviews := 0, 0
	for _, paths := range from {
		wire += min(1, strings.Count(paths, "selfsubjectreviews"))
		reviews += min(1, strings.Count(paths, "tokenreviews"))
	}
	// Once without credentials, and five times with them.
	if wire < 6 || reviews != 5 {
		t.Errorf("SelfSubjectReviews came over %d connections, TokenReviews over %d: %v", wire, reviews, from)
	}
}

// A forbidden question is not repeated, and a credential that cannot be sent is never sent.
func TestRepeatOnlyWhatIsOfUse(t *testing.T) {
	f := newFake(t)
	o := options()
	o.Repeat, o.Interval = 3, time.Millisecond
	e := Collect(t.Context(), f.caller(t), holding("a\nb"), o)
	if n := len(e.Subjects[0].Attempts); n != 0 {
		t.Errorf("what cannot be sent was sent %d times", n)
	}
	for _, line := range f.requests() {
		if strings.HasPrefix(line, "subject ") {
			t.Errorf("asked %s", line)
		}
	}
	o.Repeat = 1
	if e := Collect(t.Context(), f.caller(t), holding("a"), o); len(e.Subjects[0].Attempts) != 0 {
		t.Error("once is no repetition")
	}
}

// A server that answers again is asked.
func TestRepeatAfterSilence(t *testing.T) {
	f := newFake(t)
	caller := f.caller(t)
	calm := make(chan struct{})
	var once sync.Once
	f.before = func(r *http.Request) {
		select {
		case <-calm:
		default:
			if strings.HasSuffix(r.URL.Path, "selfsubjectreviews") && r.Header.Get("Authorization") == "" {
				once.Do(func() { close(calm) })
				panic(http.ErrAbortHandler)
			}
		}
	}
	o := options()
	o.Repeat, o.Interval = 2, time.Millisecond
	s := Collect(t.Context(), caller, holding("a"), o).Subjects[0]
	if len(s.Attempts) != 2 || !s.Attempts[0].Wire.Failed(evidence.Unreachable) || !s.Attempts[1].Wire.Known() || !s.Attempts[1].Review.Known() {
		t.Errorf("%+v", s.Attempts)
	}
}

// Ctrl-C ends the wait for the next attempt.
func TestRepeatStops(t *testing.T) {
	f := newFake(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := options()
	o.Repeat, o.Interval = 1000, time.Hour
	f.before = func(r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "tokenreviews") {
			time.AfterFunc(50*time.Millisecond, cancel)
		}
	}
	Collect(ctx, f.caller(t), holding("a"), o)
}
