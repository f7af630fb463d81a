package serve

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// source provides the current keys. Its error is an *unavailable.
type source interface {
	// keys returns the key set, which has the given kid if the source can get it.
	keys(ctx context.Context, kid string) (*keyset.KeySet, error)
}

// verifier verifies tokens offline. kube-apiserver's authenticator of ServiceAccount tokens cannot be imported, and
// the OIDC authenticator of k8s.io/apiserver does not tell keys that it could not fetch from a token that is wrong,
// and fetches the keys again for each unknown kid. The rules are those of `verify`.
type verifier struct {
	source  source
	options *Options
	now     func() time.Time
}

// readers are parsers that were used before.
var readers = sync.Pool{New: func() any { return new(token.Plain) }}

// claimsOf calls f with the claims of a token, which end with f.
func claimsOf(t token.Secret, f func(keyset.JWT)) {
	plain := readers.Get().(*token.Plain)
	defer readers.Put(plain)
	if plain.Read([]byte(t.Reveal())) {
		f(plain)
		return
	}
	f(token.Parse(t.Reveal()))
}

// read takes from a token what the log and the cache need.
func (v *verdict) read(t token.Secret) {
	claimsOf(t, func(jwt keyset.JWT) {
		v.tokenID, _ = jwt.Claim("jti").(string)
		v.expires, _ = jwt.ExpiresAt()
	})
}

func (v *verifier) authenticate(ctx context.Context, t token.Secret) (*verdict, error) {
	var out *verdict
	var err error
	claimsOf(t, func(jwt keyset.JWT) { out, err = v.verify(ctx, jwt) })
	return out, err
}

// verify verifies a token that was read.
func (v *verifier) verify(ctx context.Context, jwt keyset.JWT) (*verdict, error) {
	kid, _ := jwt.KeyID()
	keys, err := v.source.keys(ctx, kid)
	if err != nil {
		return nil, err
	}
	out := &verdict{offline: true}
	if id, ok := jwt.Claim("jti").(string); ok {
		out.tokenID = id
	}
	result := keys.Verify(jwt, keyset.Options{Issuer: v.options.Issuer, Audiences: v.options.Audiences, At: v.now()})
	if !result.Valid {
		out.rejected = rejected(result.Findings)
		return out, nil
	}
	expires, ok := jwt.ExpiresAt()
	if !ok {
		// Nobody could take such a token back.
		out.rejected = rejection{id: finding.TokenNeverExpires, said: "the token has no exp, and only the API server knows whether it still holds"}
		return out, nil
	}
	out.expires = expires
	user, err := v.options.ofToken(jwt)
	if err != nil {
		out.rejected = rejection{id: finding.IdentityNotUsable, kind: Forbidden, said: err.Error()}
		return out, nil
	}
	out.user = user
	if aud, _ := jwt.Audience(); len(aud) > 0 {
		for _, a := range aud {
			if len(v.options.Audiences) == 0 || slices.Contains(v.options.Audiences, a) {
				out.audiences = append(out.audiences, a)
			}
		}
	}
	return out, nil
}

// rejected is the first error among the findings about a token.
func rejected(found []finding.Finding) rejection {
	first := slices.IndexFunc(found, func(f finding.Finding) bool { return f.Severity == finding.Error })
	if first = max(first, 0); first >= len(found) {
		return rejection{id: finding.CredentialRejected}
	}
	// Without an error, the finding says why nothing could be verified.
	return rejection{id: found[first].ID, said: token.Redact(found[first].Detail.String())}
}

func (v *verifier) ready(ctx context.Context) error {
	_, err := v.source.keys(ctx, "")
	return err
}

// keyFiles are the keys of files.
type keyFiles struct{ *watched[*keyset.KeySet] }

func (f keyFiles) keys(context.Context, string) (*keyset.KeySet, error) { return f.current() }

// parseKeys returns the keys of all files.
func parseKeys(sources []KeyFile) func([][]byte) (*keyset.KeySet, error) {
	return func(content [][]byte) (*keyset.KeySet, error) {
		var sets []*keyset.KeySet
		for i, s := range sources {
			set, err := s.Parse(content[i], finding.T("%s", finding.File.Of(s.Name)))
			switch {
			case err != nil:
				return nil, err
			case len(set.Keys) == 0:
				return nil, finding.Errorf("file %s has no key", finding.File.Of(s.Name))
			}
			sets = append(sets, set)
		}
		return keyset.Merge(sets...), nil
	}
}

// issuer has the keys that an issuer publishes. It fetches them for the first token, again when they are old, and
// for an unknown kid.
type issuer struct {
	fetch func(ctx context.Context) (*keyset.KeySet, error)
	now   func() time.Time
	warn  func(error)

	mu      sync.Mutex
	current *keyset.KeySet
	err     error
	fetched time.Time
	tried   time.Time
	running chan struct{}
}

const (
	// fetchAgain is how long keys are used before they are fetched again.
	fetchAgain = 5 * time.Minute
	// fetchPause is the time between two attempts. Clients choose kids.
	fetchPause = 10 * time.Second
	// fetchLimit is how long keys are used while the issuer cannot be reached: it may have withdrawn one.
	fetchLimit = time.Hour
)

func (i *issuer) keys(ctx context.Context, kid string) (*keyset.KeySet, error) {
	for first := true; ; first = false {
		i.mu.Lock()
		now := i.now()
		current, err := i.current, i.err
		if current != nil && now.Sub(i.fetched).Abs() > fetchLimit {
			current = nil
		}
		known := current != nil && (kid == "" || has(current, kid))
		due := current == nil || !known || now.Sub(i.fetched).Abs() > fetchAgain
		if first && due && i.running == nil && now.Sub(i.tried).Abs() >= fetchPause {
			i.tried, i.running = now, make(chan struct{})
			i.background(context.WithoutCancel(ctx))
		}
		running := i.running
		i.mu.Unlock()
		switch {
		case known:
			return current, nil
		case !first || running == nil:
			// While the issuer cannot be reached, an unknown key may be a new one.
			if current == nil || err != nil {
				if err == nil {
					err = finding.Errorf("the issuer's keys were not read yet")
				}
				return nil, &unavailable{unreadID(err), err}
			}
			return current, nil
		}
		select {
		case <-running:
		case <-ctx.Done():
			return nil, &unavailable{finding.JWKSUnreachable, finding.Errorf("the issuer did not answer in time")}
		}
	}
}

func has(keys *keyset.KeySet, kid string) bool {
	return slices.ContainsFunc(keys.Keys, func(k keyset.Key) bool { return k.ID == kid })
}
