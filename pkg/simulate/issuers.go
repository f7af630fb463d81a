package simulate

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	gooidc "github.com/coreos/go-oidc"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// issuers are the authenticators of the configured JWT issuers, each the server's own.
func (s *Server) issuers(lifetime context.Context) ([]authenticator.Token, error) {
	var out []authenticator.Token
	if len(s.config.JWT) == 0 {
		return nil, nil
	}
	compiler := authenticationcel.NewDefaultCompiler()
	for _, configured := range s.config.JWT {
		i := &issuer{server: s, lifetime: lifetime, configured: configured, compiler: compiler}
		// Made once with the keys that are at hand, so that a configuration which the
		// server could not use shows before the first token.
		if err := i.open(); err != nil {
			return nil, err
		}
		out = append(out, asToken(issuerName(&configured), i))
	}
	return out, nil
}

// issuer is one JWT authenticator.
type issuer struct {
	server     *Server
	lifetime   context.Context
	configured apiserver.JWTAuthenticator
	compiler   authenticationcel.Compiler

	// given is the authenticator where the keys were given, or cannot be had.
	given authenticator.Token
	// asked is the authenticator that asks the issuer; made when the first of its tokens comes.
	asked struct {
		once sync.Once
		oidc.AuthenticatorTokenWithHealthCheck
		err error
	}
}

// open makes the authenticator, if it need not ask the issuer.
func (i *issuer) open() error {
	o := i.options()
	jwks, ok := i.server.keys(i.configured.Issuer.URL)
	switch {
	case ok && keyset.LargestRSA(jwks) > keyset.MaxRSABits:
		o.KeySet = untried{i.configured.Issuer.URL, keyTooLarge(keyset.LargestRSA(jwks))}
	case ok:
		o.KeySet = keysFrom(i.lifetime, jwks)
	case i.server.world.Client != nil:
		// It is made again when it is needed, and asks then. Nobody asks this one.
		o.KeySet = noKeys{}
	default:
		o.KeySet = noKeys{i.configured.Issuer.URL}
	}
	// The discovery URL is not asked, and does not go with keys that are at hand.
	o.JWTAuthenticator.Issuer.DiscoveryURL = ""
	o.Client = &http.Client{Transport: nowhere{}}
	authn, err := i.make(o)
	if err == nil && (ok || i.server.world.Client == nil) {
		i.given = authn
	}
	return err
}

func (i *issuer) options() oidc.Options {
	return oidc.Options{
		JWTAuthenticator:     *i.configured.DeepCopy(),
		Compiler:             watch(i.compiler, &i.configured),
		SupportedSigningAlgs: i.server.config.SigningAlgorithms,
		DisallowedIssuers:    i.server.config.ServiceAccountIssuers,
	}
}

func (i *issuer) make(o oidc.Options) (oidc.AuthenticatorTokenWithHealthCheck, error) {
	if err := setClock(&o, i.server.world.Now); err != nil {
		return nil, err
	}
	return oidc.New(i.lifetime, o)
}

// AuthenticateToken implements authenticator.Token.
func (i *issuer) AuthenticateToken(ctx context.Context, raw string) (*authenticator.Response, bool, error) {
	if iss, err := serviceaccount.Issuer(raw); err != nil || !i.is(iss) {
		// The authenticator has no opinion of it. The issuer is not asked for nothing.
		why := finding.T("%q is not %q", finding.Issuer.Of(iss), finding.Issuer.Of(i.configured.Issuer.URL))
		if err != nil {
			why = finding.T("%s", finding.Err(err))
		}
		trace.Add(ctx, trace.Step{Name: "issuer", Outcome: trace.Skipped, Detail: why})
		return nil, false, nil
	}
	var noted []trace.Step
	response, ok, err := i.authenticate(trace.With(ctx, &noted), raw)
	err = i.withoutKeys(err)
	for _, step := range completed(noted, subject{token.Parse(raw), &i.configured, i.server.world.Now()}, err) {
		trace.Add(ctx, step)
	}
	return response, ok, err
}

// withoutKeys is the server's text of a key set that it cannot read, which quotes all of it,
// without what is private in it.
func (i *issuer) withoutKeys(err error) error {
	jwks, given := i.server.keys(i.configured.Issuer.URL)
	if err == nil || !given || len(jwks) == 0 || !strings.Contains(err.Error(), string(jwks)) {
		return err
	}
	return finding.Reword(err, "%s", finding.Message(strings.ReplaceAll(err.Error(), string(jwks), keyset.Public(jwks))))
}

// is reports whether iss names this issuer; there is one that the server knows by two names.
func (i *issuer) is(iss string) bool {
	url := i.configured.Issuer.URL
	return iss == url || iss == "accounts.google.com" && url == "https://accounts.google.com"
}

func (i *issuer) authenticate(ctx context.Context, token string) (*authenticator.Response, bool, error) {
	if i.given != nil {
		return i.given.AuthenticateToken(ctx, token)
	}
	i.asked.once.Do(func() { i.ask(ctx) })
	if err := i.asked.err; err != nil {
		return nil, false, i.unread(ctx, err)
	}
	// A claim whose value another server holds is fetched in the background, and the first
	// answer comes before it.
	end := i.server.world.deadline()
	within, t := withTrouble(ctx)
	for {
		response, ok, err := i.asked.AuthenticateToken(within, token)
		switch why := t.get(); {
		case err == nil:
			return response, ok, nil
		case why != nil:
			return nil, false, miss(ctx, &Missing{What: finding.T("a claim of the token is held by another server: %s", finding.Err(why)), How: finding.T(howKeys), Err: why})
		case strings.Contains(err.Error(), "fetching keys"):
			// The server itself may be able to read them.
			return nil, false, i.unread(ctx, err)
		case !strings.Contains(err.Error(), "verifier not initialized for issuer"), time.Now().After(end):
			return response, ok, err
		}
		select {
		case <-ctx.Done():
			return response, ok, err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

const howKeys = "give them with --jwks ISSUER=FILE"

// unread notes that the issuer's keys could not be read.
func (i *issuer) unread(ctx context.Context, err error) error {
	return miss(ctx, &Missing{
		What: finding.T("the keys of %s could not be read from here: %s", finding.Issuer.Of(i.configured.Issuer.URL), short(err)),
		How:  finding.T(howKeys),
		Err:  err,
	})
}

// ask makes the authenticator that reads the issuer's discovery document and keys, and waits
// until it has, or cannot.
func (i *issuer) ask(ctx context.Context) {
	o := i.options()
	// Without a CA of its own, the issuer is known by those of the system.
	var ca []byte
	if written := i.configured.Issuer.CertificateAuthority; written != "" {
		ca = []byte(written)
	}
	client, err := i.server.world.Client(ca)
	if err != nil {
		i.asked.err = err
		return
	}
	o.Client = guarded(client, i.server.world.Secrets)
	authn, err := i.make(o)
	if err != nil {
		i.asked.err = err
		return
	}
	i.asked.AuthenticatorTokenWithHealthCheck = authn
	end := i.server.world.deadline()
	for {
		err := authn.HealthCheck()
		switch {
		case err == nil:
			return
		case !strings.HasSuffix(err.Error(), "is not initialized"), time.Now().After(end), i.lifetime.Err() != nil, ctx.Err() != nil:
			if cause := errors.Unwrap(err); cause != nil {
				err = cause
			}
			i.asked.err = err
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (s *Server) keys(issuer string) ([]byte, bool) {
	if s.world.Keys == nil {
		return nil, false
	}
	return s.world.Keys(issuer)
}

// noKeys is the key set of an issuer whose keys were not given.
type noKeys struct{ issuer string }

// VerifySignature implements the key set of go-oidc.
func (n noKeys) VerifySignature(ctx context.Context, _ string) ([]byte, error) {
	return nil, miss(ctx, &Missing{
		What: finding.T("the keys of %s were not given", finding.Issuer.Of(n.issuer)),
		How:  finding.T("give them with --jwks ISSUER=FILE, or leave --offline away to have them read from the issuer"),
	})
}

// keyTooLarge is about a key set that the server would use.
func keyTooLarge(bits int) error {
	return finding.Errorf("an RSA key has %s bits; this program does not try keys of more than %s bits, an API server would try the key", finding.Count(bits), finding.Count(keyset.MaxRSABits))
}

// untried is the key set of an issuer that has such a key.
type untried struct {
	issuer string
	why    error
}

// VerifySignature implements the key set of go-oidc.
func (u untried) VerifySignature(ctx context.Context, _ string) ([]byte, error) {
	return nil, miss(ctx, &Missing{What: finding.T("the keys of %s are not used: %s", finding.Issuer.Of(u.issuer), finding.Err(u.why)), How: finding.T("give the other keys with --jwks ISSUER=FILE"), Err: u.why})
}

// keysFrom is the key set that the server would have after it read this from an issuer: its
// own reading of it, without a connection.
func keysFrom(lifetime context.Context, jwks []byte) gooidc.KeySet {
	client := &http.Client{Transport: served(jwks)}
	return gooidc.NewRemoteKeySet(gooidc.ClientContext(lifetime, client), "https://keys.invalid/")
}

// served answers every request with a document.
type served []byte

// RoundTrip implements http.RoundTripper.
func (s served) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(s)), Request: r,
	}, nil
}

// nowhere lets no request out.
type nowhere struct{}

// RoundTrip implements http.RoundTripper.
func (nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, miss(r.Context(), &Missing{
		What: finding.T("a claim has its value at %s, which is not asked", finding.Host.Of(r.URL.Host)),
		How:  finding.T("leave --offline and --jwks away to have it read"),
	})
}

// issuerName is the name of an issuer's authenticator.
func issuerName(j *apiserver.JWTAuthenticator) finding.Text {
	return finding.T("%s %s", nameJWT, finding.Issuer.Of(j.Issuer.URL).Whole())
}

// issuerOf is the place of the configured issuer whose authenticator has that name; -1 where
// none has.
func (s *Server) issuerOf(name finding.Text) int {
	return slices.IndexFunc(s.config.JWT, func(j apiserver.JWTAuthenticator) bool { return issuerName(&j).Equal(name) })
}
