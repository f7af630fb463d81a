package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// issuers returns the server's own authenticator for each configured JWT issuer.
func (s *Server) issuers(lifetime context.Context) ([]authenticator.Token, error) {
	var out []authenticator.Token
	if len(s.config.JWT) == 0 {
		return nil, nil
	}
	compiler := authenticationcel.NewDefaultCompiler()
	for _, configured := range s.config.JWT {
		i := &issuer{server: s, lifetime: lifetime, configured: configured, compiler: compiler}
		// Create the authenticator now, so that an unusable configuration fails before the
		// first token.
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

	// given is the authenticator if the keys were given or cannot be fetched.
	given authenticator.Token
	// asked is the authenticator that fetches the keys, created for the first token.
	asked struct {
		once sync.Once
		oidc.AuthenticatorTokenWithHealthCheck
		err error
		// unusable says why no API server can use the discovery document that the issuer served.
		unusable finding.Text
	}
}

// open creates the authenticator without asking the issuer.
func (i *issuer) open() error {
	o := i.options()
	jwks, ok := i.server.keys(i.configured.Issuer.URL)
	switch {
	case i.server.world.Unsigned:
		o.KeySet = unverified{}
	case ok && keyset.TooLargeRSA(jwks) > 0:
		o.KeySet = untried{i.configured.Issuer.URL, keyTooLarge(keyset.TooLargeRSA(jwks))}
	case ok:
		o.KeySet = keysFrom(i.lifetime, jwks)
	case i.server.world.Client != nil:
		// This authenticator is never used, because ask creates another one that fetches the keys.
		o.KeySet = noKeys{}
	default:
		o.KeySet = noKeys{i.configured.Issuer.URL}
	}
	// A discovery URL is not allowed together with given keys.
	o.JWTAuthenticator.Issuer.DiscoveryURL = ""
	o.Client = &http.Client{Transport: nowhere{}}
	authn, err := i.make(o)
	if err == nil && (ok || i.server.world.Unsigned || i.server.world.Client == nil) {
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
		// The authenticator would have no opinion, so the issuer need not be asked.
		why := finding.T("%q is not %q", finding.Issuer.Of(iss), finding.Issuer.Of(i.configured.Issuer.URL))
		if err != nil {
			why = finding.T("%s", finding.Err(err))
		}
		trace.Add(ctx, trace.Step{Name: "issuer", Outcome: trace.Skipped, Detail: why})
		return nil, false, nil
	}
	if why := sharedTenant(&i.configured.Issuer); !why.IsZero() {
		return i.notInitialized(ctx, why)
	}
	var traced []trace.Step
	response, ok, err := i.authenticate(trace.With(ctx, &traced), raw)
	if why := i.asked.unusable; !why.IsZero() {
		return i.notInitialized(ctx, why)
	}
	err = i.withoutKeys(err)
	for _, step := range completed(traced, subject{token.Parse(raw), &i.configured, i.server.world.Now()}, err) {
		trace.Add(ctx, step)
	}
	return response, ok, err
}

// maxQuotedKeys is how many bytes of a key set remain where an error message of the server quotes the set whole.
const maxQuotedKeys = 120

// notJSON precedes, in an error message of go-oidc, the reason why a served key set cannot be read, and the set
// itself. The issuer served the set as JSON, so that it is no page of a proxy.
const notJSON = "failed to decode keys: got Content-Type = application/json, but could not unmarshal as JSON: "

// withoutKeys redacts the private keys of a key set that an error message of the server quotes, and shortens a
// long key set.
func (i *issuer) withoutKeys(err error) error {
	if err == nil {
		return nil
	}
	quoted, text := "", err.Error()
	if jwks, given := i.server.keys(i.configured.Issuer.URL); given && len(jwks) > 0 && strings.Contains(text, string(jwks)) {
		quoted = string(jwks)
	} else if _, behind, found := strings.Cut(text, notJSON); !given && found {
		// The set that the issuer serves is the rest of the message.
		if at := strings.IndexAny(behind, "{["); at >= 0 {
			quoted = behind[at:]
		}
	}
	if quoted == "" {
		return err
	}
	short := keyset.Public([]byte(quoted))
	if cut := len(short) - maxQuotedKeys; cut > maxQuotedKeys {
		short = fmt.Sprintf("%s … (%d bytes left out)", strings.ToValidUTF8(short[:maxQuotedKeys], ""), cut)
	}
	return finding.Reword(err, "%s", finding.Message(strings.ReplaceAll(text, quoted, short)))
}

// is reports whether iss names this issuer. The server accepts two names for Google.
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
		if !i.asked.unusable.IsZero() {
			return nil, false, err
		}
		return nil, false, i.unread(ctx, err)
	}
	// The server fetches a distributed claim in the background and fails until it has the claim.
	end := i.server.world.deadline()
	within, t := withRequestError(ctx)
	for {
		response, ok, err := i.asked.AuthenticateToken(within, token)
		switch why := t.get(); {
		case err == nil:
			return response, ok, nil
		case why != nil:
			return nil, false, miss(ctx, &Missing{What: finding.T("a distributed claim of the token could not be read: %s", finding.Err(why)), How: finding.T(howKeys), Err: why})
		case strings.Contains(err.Error(), "fetching keys") && !strings.Contains(err.Error(), notJSON):
			// The API server may still be able to fetch the keys.
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

// notInitialized is the server's answer if it cannot use the issuer's discovery document.
func (i *issuer) notInitialized(ctx context.Context, why finding.Text) (*authenticator.Response, bool, error) {
	trace.Add(ctx, trace.Step{Name: trace.Discovery, Outcome: trace.Failed, Detail: why})
	return nil, false, errors.New("oidc: authenticator not initialized")
}

// unread records that the issuer's keys could not be read.
func (i *issuer) unread(ctx context.Context, err error) error {
	return miss(ctx, &Missing{
		What: finding.T("the keys of %s could not be read from here: %s", finding.Issuer.Of(i.configured.Issuer.URL), oneLine(err)),
		How:  finding.T(howKeys),
		Err:  err,
	})
}

// ask creates the authenticator that reads the issuer's discovery document and keys, and waits
// until it has read them or fails.
func (i *issuer) ask(ctx context.Context) {
	o := i.options()
	// nil selects the system's CAs.
	var ca []byte
	if configured := i.configured.Issuer.CertificateAuthority; configured != "" {
		ca = []byte(configured)
	}
	client, err := i.server.world.Client(ca)
	if err != nil {
		i.asked.err = err
		return
	}
	o.Client = bounded(client, i.server.world.Secrets)
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
			if strings.Contains(err.Error(), "did not match the issuer returned by provider") {
				i.asked.unusable = finding.T("the API server cannot use the discovery document of %s: %s", finding.Issuer.Of(i.configured.Issuer.URL), oneLine(err))
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
		How:  finding.T("give them with --jwks ISSUER=FILE, or omit --offline to read them from the issuer"),
	})
}

// keyTooLarge is the error for a key that only the API server would try.
func keyTooLarge(bits int) error {
	return finding.Errorf("an RSA key has %s bits; this program does not try keys of more than %s bits, an API server would try the key", finding.Count(bits), finding.Count(keyset.MaxRSABits))
}

// untried is a key set with a key that is too large to try.
type untried struct {
	issuer string
	why    error
}

// VerifySignature implements the key set of go-oidc.
func (u untried) VerifySignature(ctx context.Context, _ string) ([]byte, error) {
	return nil, miss(ctx, &Missing{What: finding.T("the keys of %s are not used: %s", finding.Issuer.Of(u.issuer), finding.Err(u.why)), How: finding.T("give the other keys with --jwks ISSUER=FILE"), Err: u.why})
}

// keysFrom returns the key set that the server would read from an issuer that serves jwks.
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

// nowhere is a transport that sends no request.
type nowhere struct{}

// RoundTrip implements http.RoundTripper.
func (nowhere) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, miss(r.Context(), &Missing{
		What: finding.T("a distributed claim at %s was not read", finding.Host.Of(r.URL.Host)),
		How:  finding.T("omit --offline and --jwks to read it"),
	})
}

// issuerName returns the name of an issuer's authenticator.
func issuerName(j *apiserver.JWTAuthenticator) finding.Text {
	return finding.T("%s %s", nameJWT, finding.Issuer.Of(j.Issuer.URL).Whole())
}

// issuerOf returns the index of the configured issuer whose authenticator has that name, or -1.
func (s *Server) issuerOf(name finding.Text) int {
	return slices.IndexFunc(s.config.JWT, func(j apiserver.JWTAuthenticator) bool { return issuerName(&j).Equal(name) })
}
