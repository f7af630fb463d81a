package cmd

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"os"
	"strings"
	"sync"

	"github.com/spf13/pflag"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/klog/v2"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/report/escape"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// redact replaces what looks like a credential, also in errors: a user may have given a token
// instead of a name.
func redact(text string) string { return token.Redact(text) }

// guard is a writer in front of an output stream that redacts the secrets of the run. Each Write is
// a whole entry, line or report.
type guard struct {
	mu    sync.Mutex
	w     io.Writer
	clean func(string) string
	// open lets everything through, for a command whose result is a token.
	open bool
}

func (g *guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open {
		return g.w.Write(p)
	}
	text := string(p)
	clean := g.clean(text)
	if clean == text {
		return g.w.Write(p)
	}
	if _, err := io.WriteString(g.w, clean); err != nil {
		return 0, err
	}
	return len(p), nil
}

// redaction keeps the secrets of a run out of what the run writes.
type redaction struct {
	// secrets are the secrets that the run has learned.
	secrets *token.Secrets
	// out is standard output.
	out *guard
}

// guarded puts a guard in front of both streams. On standard output it replaces only single words,
// because documents must stay whole.
func guarded(env Env) (Env, *redaction) {
	secrets := &token.Secrets{}
	out := &guard{w: env.Out, clean: secrets.HideTokens}
	env.Out, env.Err = out, &guard{w: env.Err, clean: secrets.RedactDistinctive}
	return env, &redaction{secrets, out}
}

// reveal lets standard output print the requested token.
func (r *redaction) reveal() { r.out.open = true }

// learnCredential learns the secrets of a credential.
func (r *redaction) learnCredential(c *credential.Credential) {
	for t := c.Token; t != nil; t = t.Inner {
		r.secrets.Add(t.Raw.Reveal())
	}
	if c.Basic != nil {
		r.secrets.Add(c.Basic.Password.Reveal())
	}
	if c.Certificate != nil {
		r.secrets.AddKey(c.Certificate.Key.Reveal())
	}
}

// learnLine learns the token of a line only if client-go logs requests. Otherwise nothing repeats
// the token, and there may be millions of lines.
func (r *redaction) learnLine(c *credential.Credential) {
	if klog.V(6).Enabled() {
		r.learnCredential(c)
	}
}

// learnSettings learns the secrets in flags and environment variables.
func (r *redaction) learnSettings(bearer string, flags *pflag.FlagSet) {
	r.secrets.Add(bearer)
	for _, v := range values(flags) {
		r.secrets.AddURL(v)
	}
	// net/http reads these variables in either case.
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"} {
		r.secrets.AddURL(os.Getenv(name))
		r.secrets.AddURL(os.Getenv(strings.ToLower(name)))
	}
}

// values returns the values of the given flags.
func values(flags *pflag.FlagSet) (all []string) {
	flags.Visit(func(f *pflag.Flag) {
		if list, ok := f.Value.(pflag.SliceValue); ok {
			all = append(all, list.GetSlice()...)
		} else {
			all = append(all, f.Value.String())
		}
	})
	return all
}

// learnKubeconfig learns the secrets in the URLs and the user of the kubeconfig. context and user are the values
// of the flags.
func (r *redaction) learnKubeconfig(raw *clientcmdapi.Config, context, user string) {
	for _, c := range raw.Clusters {
		r.secrets.AddURL(c.Server)
		r.secrets.AddURL(c.ProxyURL)
	}
	if c := inUse(raw, context); user == "" && c != nil {
		user = c.AuthInfo
	}
	auth := raw.AuthInfos[user]
	if auth == nil {
		return
	}
	r.secrets.Add(auth.Token)
	r.secrets.Add(auth.Password)
	r.secrets.AddKey(string(auth.ClientKeyData))
	if auth.AuthProvider != nil {
		for name, value := range auth.AuthProvider.Config {
			if token.NamesSecret(name) {
				r.secrets.Add(value)
			}
		}
	}
	if auth.Exec != nil {
		for _, value := range confidential(auth.Exec) {
			r.secrets.Add(value)
		}
	}
}

// confidential returns the values of an exec plugin's arguments and variables whose names mark
// them as secret.
func confidential(plugin *clientcmdapi.ExecConfig) []string {
	var out []string
	for i, arg := range plugin.Args {
		name, value, assigned := strings.Cut(arg, "=")
		switch {
		case assigned && token.NamesSecret(name):
			out = append(out, value)
		case !assigned && strings.HasPrefix(arg, "-") && token.NamesSecret(arg) && i+1 < len(plugin.Args):
			out = append(out, plugin.Args[i+1])
		}
	}
	for _, env := range plugin.Env {
		if token.NamesSecret(env.Name) {
			out = append(out, env.Value)
		}
	}
	return out
}

// withoutShort replaces values that are marked as secret but are too short for token.Secrets.
func withoutShort(values []string) *strings.Replacer {
	// A shorter value may be part of any word.
	const shortest = 6
	var pairs []string
	for _, value := range values {
		if len(value) >= shortest {
			pairs = append(pairs, value, token.Redacted)
		}
	}
	return strings.NewReplacer(pairs...)
}

// rewrite removes the secrets from all strings of a result.
func (r *redaction) rewrite(x any) { token.Rewrite(x, r.secrets.RedactValue) }

// withoutValues redacts the credentials in a JSON document. A document without credentials is
// returned unchanged.
func (r *redaction) withoutValues(document json.RawMessage) json.RawMessage {
	if text := string(document); r.secrets.RedactValue(text) == text {
		return document
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return document
	}
	r.rewrite(&v)
	clean, err := json.Marshal(v)
	if err != nil {
		return document
	}
	return clean
}

// withoutSecrets leaves out the lines that contain a secret.
func (r *redaction) withoutSecrets(lines []byte) []byte {
	var out []byte
	for line := range bytes.Lines(lines) {
		if r.secrets.Hide(string(line)) == string(line) {
			out = append(out, line...)
		}
	}
	return out
}

// logs is the writer of client-go's logs (-v) and of the logs of Go's libraries. Each Write is one
// entry, and its text is untrusted.
type logs struct {
	mu      sync.Mutex
	w       io.Writer
	secrets *token.Secrets
	// earlier are the secrets of the previous run in this process, whose connections may still log; nil if there
	// is none.
	earlier *token.Secrets
	over    bool
}

// takeLogs sends the logs of the process to w.
func takeLogs(w io.Writer, secrets *token.Secrets) *logs {
	l := &logs{w: w, secrets: secrets}
	if before, ok := log.Writer().(*logs); ok {
		l.earlier = before.secrets
	}
	log.SetOutput(l)
	return l
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || bytes.Contains(p, []byte("Expected to load root CA config")) {
		// client-go logs this whenever it loads the configuration of a Pod without a CA. The report
		// covers the consequences.
		return len(p), nil
	}
	// Tabs come from client-go alone.
	text := strings.ReplaceAll(token.RedactOf(string(p), l.secrets, l.earlier), "\t", "    ")
	if _, err := io.WriteString(l.w, escape.Lines(text)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// end discards later entries: connections that are still open may log after the run.
func (l *logs) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
}
