package simulate

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"k8s.io/apiserver/pkg/apis/apiserver"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// claims are the claims of a token that was made up here to try a configuration.
type claims map[string]any

// prober tries made-up claims with the server's own JWT authenticator of one issuer, for Lint and Warnings. No signature is involved.
// Rejections tries a given token with the whole chain instead.
type prober struct {
	server     *Server
	configured apiserver.JWTAuthenticator
}

// sharedCompiler is the server's CEL compiler, which takes long to create.
var sharedCompiler = sync.OnceValue(authenticationcel.NewDefaultCompiler)

// unsigned writes claims as a JWT with a signature that no key verifies.
func unsigned(algorithm string, payload []byte) string {
	header, _ := json.Marshal(map[string]string{"alg": algorithm, "typ": "JWT"})
	encode := base64.RawURLEncoding.EncodeToString
	length := 256
	if n, ok := map[string]int{"ES256": 64, "ES384": 96, "ES512": 132}[algorithm]; ok {
		length = n
	}
	return encode(header) + "." + encode(payload) + "." + encode(make([]byte, length))
}

// signingAlgorithm returns an algorithm that the server accepts.
func (s *Server) signingAlgorithm() string {
	if slices.Contains(s.config.SigningAlgorithms, "RS256") || len(s.config.SigningAlgorithms) == 0 {
		return "RS256"
	}
	return s.config.SigningAlgorithms[0]
}

// authenticate returns the user that the server derives from the claims of a valid token. Claims that every valid token has
// are added. why is the server's error message if it rejects the token.
func (p *prober) authenticate(c claims) (u user.Info, why string) {
	u, err := p.try(c)
	if err != nil {
		return nil, err.Error()
	}
	return u, ""
}

func (p *prober) try(c claims) (user.Info, error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	j := p.configured.DeepCopy()
	j.Issuer.DiscoveryURL, j.Issuer.EgressSelectorType = "", ""
	o := oidc.Options{JWTAuthenticator: *j, Compiler: sharedCompiler(), SupportedSigningAlgs: []string{"RS256"}, KeySet: unverified{}}
	if err := setClock(&o, p.server.world.Now); err != nil {
		return nil, err
	}
	authenticator, err := oidc.New(ctx, o)
	if err != nil {
		return nil, err
	}
	now := p.server.world.Now().Unix()
	all := claims{"sub": "jane"}
	maps.Copy(all, c)
	all["iss"], all["aud"], all["iat"], all["exp"] = j.Issuer.URL, j.Issuer.Audiences[0], now, now+3600
	delete(all, "nbf")
	delete(all, "_claim_names")
	payload, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	response, ok, err := authenticator.AuthenticateToken(ctx, unsigned("RS256", payload))
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, errors.New("no opinion")
	}
	return response.User, nil
}

// set returns a copy of the claims with another value at a path.
func (c claims) set(path []string, value any) claims {
	out := claims(maps.Clone(map[string]any(c)))
	if out == nil {
		out = claims{}
	}
	if len(path) == 1 {
		out[path[0]] = value
		return out
	}
	inner, _ := out[path[0]].(map[string]any)
	out[path[0]] = map[string]any(claims(inner).set(path[1:], value))
	return out
}

// remove returns a copy of the claims without a path.
func (c claims) remove(path []string) claims {
	out := claims(maps.Clone(map[string]any(c)))
	if len(path) == 1 {
		delete(out, path[0])
		return out
	}
	if inner, ok := out[path[0]].(map[string]any); ok {
		out[path[0]] = map[string]any(claims(inner).remove(path[1:]))
	}
	return out
}

// reads returns the paths of the claims that a mapping reads.
func reads(claim, expression string) [][]string {
	if claim != "" {
		return [][]string{{claim}}
	}
	return readBy(expression, "claims")
}

// readBy returns the paths that an expression reads of the variable root, claims or user.
func readBy(expression, root string) [][]string {
	if expression == "" {
		return nil
	}
	compile := compileClaims
	if root == "user" {
		compile = compileUser
	}
	compiled, err := compile(expression)
	if err != nil {
		return nil
	}
	return unique(paths(compiled.AST, root))
}

// readsUser returns whether a rule reads a field of the user.
func readsUser(field string) func(apiserver.UserValidationRule) bool {
	return func(r apiserver.UserValidationRule) bool {
		return slices.ContainsFunc(readBy(r.Expression, "user"), func(path []string) bool { return path[0] == field })
	}
}

func unique(of [][]string) [][]string {
	var out [][]string
	for _, path := range of {
		if !slices.ContainsFunc(out, func(p []string) bool { return slices.Equal(p, path) }) {
			out = append(out, path)
		}
	}
	return out
}

// withRules returns a prober of the same issuer with these rules only.
func (p *prober) withRules(claim []apiserver.ClaimValidationRule, users []apiserver.UserValidationRule) *prober {
	j := p.configured
	j.ClaimValidationRules, j.UserValidationRules = claim, users
	if j.ClaimMappings.Username.Expression != "" {
		// The server requires that a rule reads email_verified if the user name is an email address.
		j.ClaimValidationRules = append(slices.Clone(claim), readsVerified)
	}
	return &prober{p.server, j}
}

// sample is a prober with claims that it accepts.
type sample struct {
	*prober
	claims claims
	user   user.Info
	// leftOutClaims and leftOutUsers are the rules that the sample claims do not satisfy, so that nothing is known about them.
	leftOutClaims []apiserver.ClaimValidationRule
	leftOutUsers  []apiserver.UserValidationRule
}

// mostTried is the number of rules of each kind that are tried one by one. Nothing is known about the others. Each try
// costs as much as all claims together.
const mostTried = 200

// sampled makes up claims that the issuer's mappings accept; nil if that does not succeed. Rules about unknown values are left out.
func (s *Server) sampled(j *apiserver.JWTAuthenticator) *sample {
	p := &prober{s, *j}
	out := &sample{prober: p}
	tried := j.DeepCopy()
	tried.ClaimValidationRules = j.ClaimValidationRules[:min(len(j.ClaimValidationRules), mostTried)]
	tried.UserValidationRules = j.UserValidationRules[:min(len(j.UserValidationRules), mostTried)]
	for _, groups := range []any{[]any{"developers"}, "developers"} {
		c := madeUp(tried, groups)
		var claimRules []apiserver.ClaimValidationRule
		var userRules []apiserver.UserValidationRule
		out.leftOutClaims = slices.Clone(j.ClaimValidationRules[len(tried.ClaimValidationRules):])
		out.leftOutUsers = slices.Clone(j.UserValidationRules[len(tried.UserValidationRules):])
		if _, why := p.withRules(nil, nil).authenticate(c); why != "" {
			continue
		}
		for _, r := range tried.ClaimValidationRules {
			if r.Claim != "" {
				c = c.set([]string{r.Claim}, r.RequiredValue)
			}
			if _, why := p.withRules([]apiserver.ClaimValidationRule{r}, nil).authenticate(c); why != "" {
				out.leftOutClaims = append(out.leftOutClaims, r)
				continue
			}
			claimRules = append(claimRules, r)
		}
		for _, r := range tried.UserValidationRules {
			if _, why := p.withRules(nil, []apiserver.UserValidationRule{r}).authenticate(c); why != "" {
				out.leftOutUsers = append(out.leftOutUsers, r)
				continue
			}
			userRules = append(userRules, r)
		}
		q := p.withRules(claimRules, userRules)
		if u, why := q.authenticate(c); why == "" {
			out.prober, out.claims, out.user = q, c, u
			return out
		}
	}
	return nil
}

// madeUp has a plausible value for each claim that the configuration reads.
func madeUp(j *apiserver.JWTAuthenticator, groups any) claims {
	out := claims{}
	add := func(path []string, value any) {
		if path[0] != "iss" && path[0] != "aud" && path[0] != "exp" {
			out = out.set(path, value)
		}
	}
	plain := func(path []string) any {
		switch leaf := path[len(path)-1]; {
		case leaf == "email":
			return "jane@example.org"
		case strings.HasSuffix(leaf, "_verified"):
			return true
		case slices.Contains([]string{"groups", "roles", "teams", "amr", "entitlements"}, leaf):
			return groups
		}
		return "jane"
	}
	for _, r := range j.ClaimValidationRules {
		for _, path := range readBy(r.Expression, "claims") {
			add(path, plain(path))
		}
	}
	for _, e := range j.ClaimMappings.Extra {
		for _, path := range readBy(e.ValueExpression, "claims") {
			add(path, plain(path))
		}
	}
	for _, path := range reads(j.ClaimMappings.UID.Claim, j.ClaimMappings.UID.Expression) {
		add(path, plain(path))
	}
	for _, path := range reads(j.ClaimMappings.Groups.Claim, j.ClaimMappings.Groups.Expression) {
		add(path, groups)
	}
	for _, path := range reads(j.ClaimMappings.Username.Claim, j.ClaimMappings.Username.Expression) {
		add(path, plain(path))
	}
	return out
}

// knows reports whether the sample satisfies every rule that reads a path of the claims or a field of the user.
func (s *sample) knows(path []string, field string) bool {
	for _, r := range s.leftOutClaims {
		if r.Claim == path[0] || slices.ContainsFunc(readBy(r.Expression, "claims"), func(p []string) bool { return slices.Equal(p, path) }) {
			return false
		}
	}
	for _, r := range s.leftOutUsers {
		if readsUser(field)(r) {
			return false
		}
	}
	return true
}

// fixed reports whether a rule requires one value of a claim.
func (s *sample) fixed(path []string) bool {
	return len(path) == 1 && slices.ContainsFunc(s.configured.ClaimValidationRules, func(r apiserver.ClaimValidationRule) bool { return r.Claim == path[0] })
}
