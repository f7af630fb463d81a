package cmd

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"k8s.io/klog/v2"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/report"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// redact replaces what looks like a credential: also in errors, where a token may
// stand because somebody wrote it in the place of a name.
func redact(text string) string { return token.Redact(text) }

// bearer is a token in whatever header a server has repeated it: of any form.
var bearer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)(\bbearer\s+)[^\s"',\\\]]{8,}`) })

// secrets are those that passed through our hands, for a log in which a server may repeat
// them in any place: a token of no known form cannot be told from other words by its looks.
type secrets struct {
	mu    sync.Mutex
	known []string
	// always: they are wanted without a log, too.
	always bool
}

// wanted reports whether there is anything to keep them out of.
func (s *secrets) wanted() bool { return s.always || klog.V(6).Enabled() }

// learn keeps what a log of this run must not hold. Without a log it keeps nothing, and
// what is shorter than eight characters is likelier to be a word.
func (s *secrets) learn(secret string) {
	if len(secret) < 8 || !s.wanted() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = append(s.known, secret)
}

func (s *secrets) learnCredential(c *credential.Credential) {
	for t := c.Token; t != nil; t = t.Inner {
		s.learn(t.Raw.Reveal())
	}
	if c.Basic != nil {
		s.learn(c.Basic.Password.Reveal())
	}
}

func (s *secrets) conceal(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.known {
		text = token.Hide(text, secret)
	}
	return text
}

// without leaves out the lines that have a secret in them.
func (s *secrets) without(lines []byte) []byte {
	var out []byte
	for line := range bytes.Lines(lines) {
		if s.conceal(string(line)) == string(line) {
			out = append(out, line...)
		}
	}
	return out
}

// learning learns the caller's own credential from the requests that carry it: an exec
// plugin's token is in no configuration.
type learning struct {
	secrets *secrets
	next    http.RoundTripper
}

func (l learning) RoundTrip(r *http.Request) (*http.Response, error) {
	_, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	l.secrets.learn(value)
	if _, password, ok := r.BasicAuth(); ok {
		l.secrets.learn(password)
	}
	return l.next.RoundTrip(r)
}

// WrappedRoundTripper lets client-go close what is below it.
func (l learning) WrappedRoundTripper() http.RoundTripper { return l.next }

// redactor is the writer of the log. client-go writes an entry at a time.
type redactor struct {
	w       io.Writer
	secrets *secrets
}

func (r *redactor) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("Expected to load root CA config")) {
		// client-go says so each time it is asked for the configuration of a Pod without a CA; what
		// comes of it is said where it matters.
		return len(p), nil
	}
	// Tabs are client-go's own; they come from no server.
	text := bearer().ReplaceAllString(redact(r.secrets.conceal(string(p))), "${1}"+token.Redacted)
	if _, err := io.WriteString(r.w, report.EscapeLines(strings.ReplaceAll(text, "\t", "    "))); err != nil {
		return 0, err
	}
	return len(p), nil
}
