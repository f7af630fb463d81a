package simulate

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	gooidc "github.com/coreos/go-oidc"
	"github.com/google/cel-go/common/ast"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/authentication/user"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/serviceaccount"
	"github.com/kubectl-authn/kubectl-authn/pkg/simulate/trace"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// asked is the input of a comparison with another release.
type asked struct {
	server *Server
	minor  Minor
	raw    string // the token; empty without one
	answer *Answer
}

// difference is a behavior in which the releases from `from` (0 is the oldest known one) to
// the one before `before` differ from Release.
type difference struct {
	from, before Minor
	affects      Affects
	reference    string
	// allows reports that the release starts with what Release does not start with.
	allows bool
	// touches returns what such a release does differently with this configuration and
	// credential, one sentence each; nil if nothing.
	touches func(*asked) []finding.Text
}

func (d *difference) releases() finding.Text {
	switch {
	case d.from == 0:
		return finding.T("before %s", release(d.before))
	case d.from == d.before-1:
		return finding.T("%s", release(d.from))
	}
	return finding.T("%s to %s", release(d.from), release(d.before-1))
}

// differences are all known differences, from the sources of v1.30.14, v1.31.14, v1.32.13,
// v1.33.0, v1.34.4, v1.35.0, v1.36.3 and v1.37.2. Those that keep a server from starting come first.
var differences = []difference{
	{before: 34, affects: AffectsStart, reference: "k8s.io/apiserver pkg/apis/apiserver/v1/register.go", touches: configurationV1},
	{before: 31, affects: AffectsStart, reference: "k8s.io/apiserver pkg/apis/apiserver/types.go", touches: anonymousField(finding.T("an AuthenticationConfiguration has no field anonymous: an API server with that field does not start"))},
	{from: 31, before: 32, affects: AffectsStart, reference: "k8s.io/apiserver pkg/features/kube_features.go", touches: anonymousGate},
	{before: 34, affects: AffectsStart, reference: "k8s.io/apiserver pkg/apis/apiserver/types.go", touches: egressSelector},
	{before: 36, affects: AffectsStart, reference: "k8s.io/kubernetes cmd/kube-apiserver/app/options", touches: newFlags},
	{before: 33, affects: AffectsStart, reference: "k8s.io/kubernetes cmd/kube-apiserver/app/options", allows: true, touches: oldFlags},
	{before: 34, affects: AffectsStart, reference: "k8s.io/kubernetes pkg/controlplane/apiserver/options/validation.go", touches: gatedFlags},
	{before: 37, affects: AffectsStart, reference: "k8s.io/apiserver pkg/cel/environment/base.go", touches: newFunctions},
	{before: 31, affects: AffectsVerdict, reference: "k8s.io/kubernetes pkg/serviceaccount/jwt.go", touches: everyKeyVerdict},
	{before: 33, affects: AffectsVerdict, reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go", touches: certificateUIDBroken},
	{before: 37, affects: AffectsVerdict, reference: "k8s.io/kubernetes pkg/serviceaccount/claims.go", touches: webhookBound},
	{before: 34, affects: AffectsVerdict, reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go", touches: integerClaims(AffectsVerdict)},
	{before: 34, affects: AffectsUser, reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go", touches: integerClaims(AffectsUser)},
	{before: 33, affects: AffectsUser, reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go", touches: certificateUID},
	{before: 32, affects: AffectsUser, reference: "k8s.io/apiserver pkg/authentication/request/x509/x509.go", touches: credentialID(nameCertificate, finding.T("a client certificate does not set the extra"))},
	{before: 32, affects: AffectsUser, reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go", touches: credentialID(nameJWT, finding.T("the jti of a JWT issuer's token does not set the extra"))},
	{before: 34, affects: AffectsError, reference: "k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go", touches: integerClaims(AffectsError)},
	{before: 36, affects: AffectsError, reference: "github.com/coreos/go-oidc verify.go", touches: claimsFirst},
	{before: 31, affects: AffectsError, reference: "k8s.io/kubernetes pkg/serviceaccount/jwt.go", touches: everyKeyError},
	{before: 31, affects: AffectsError, reference: "k8s.io/client-go gentype/type.go", touches: emptyNamespace},
	{before: 33, affects: AffectsError, reference: "gopkg.in/square/go-jose.v2", touches: squareJose},
}

// Differences returns the differences of a release that affect this configuration, or this
// credential and its answer.
func (s *Server) Differences(minor Minor, c *credential.Credential, a *Answer) []Difference {
	q := &asked{server: s, minor: minor, answer: a}
	if c != nil && c.Token != nil {
		// The server reads the token up to the next space.
		q.raw, _, _ = strings.Cut(c.Token.Raw.Reveal(), " ")
	}
	var out []Difference
	for _, d := range differences {
		if minor < d.from || minor >= d.before {
			continue
		}
		for _, detail := range d.touches(q) {
			out = append(out, Difference{Releases: d.releases(), Affects: d.affects, Detail: detail, Reference: finding.ReadAt(d.reference), Prevents: d.affects == AffectsStart && !d.allows})
		}
	}
	return out
}

// ReleaseDiffers returns the warning that a release would not start with the configuration, or
// may reach another verdict; nil if neither is known.
func ReleaseDiffers(minor Minor, all []Difference) *finding.Finding {
	var what []finding.Value
	for _, d := range all {
		if d.Affects == AffectsStart || d.Affects == AffectsVerdict {
			what = append(what, d.Detail)
		}
	}
	if len(what) == 0 {
		return nil
	}
	return warn(finding.ReleaseDiffers, finding.T("in Kubernetes %s, %s", release(minor), finding.Join("; ", what...)))
}

func release(m Minor) finding.Value { return finding.Standard(m.String()) }

func configurationV1(q *asked) []finding.Text {
	if q.server.config.apiVersion != "apiserver.config.k8s.io/v1" {
		return nil
	}
	return []finding.Text{finding.T("an AuthenticationConfiguration must be apiserver.config.k8s.io/v1beta1 or v1alpha1: with a v1 file, the API server does not start")}
}

func anonymousField(detail finding.Text) func(*asked) []finding.Text {
	return func(q *asked) []finding.Text {
		if !q.server.config.anonymousConfigured {
			return nil
		}
		return []finding.Text{detail}
	}
}

func anonymousGate(q *asked) []finding.Text {
	if q.server.config.gate("AnonymousAuthConfigurableEndpoints") {
		return nil
	}
	return anonymousField(finding.T("the field anonymous of an AuthenticationConfiguration needs --feature-gates=AnonymousAuthConfigurableEndpoints=true: without the gate, the API server does not start"))(q)
}

func egressSelector(q *asked) []finding.Text {
	if !slices.ContainsFunc(q.server.config.JWT, func(j apiserver.JWTAuthenticator) bool { return j.Issuer.EgressSelectorType != "" }) {
		return nil
	}
	return []finding.Text{finding.T("an issuer has no field egressSelectorType: an API server with that field does not start")}
}

// gate reports whether a feature gate is turned on by name, or with all of its stage.
func (c *Config) gate(name string) bool {
	for _, value := range c.flags["feature-gates"] {
		for one := range strings.SplitSeq(value, ",") {
			gate, on, _ := strings.Cut(strings.TrimSpace(one), "=")
			if (gate == name || gate == "AllAlpha") && strings.EqualFold(on, "true") {
				return true
			}
		}
	}
	return false
}

// webhookBound is about releases that ignore the webhook configuration that a token is bound to.
func webhookBound(q *asked) []finding.Text {
	claims, _ := token.Parse(q.raw).Claims["kubernetes.io"].(map[string]any)
	if claims["validatingwebhookconfiguration"] == nil && claims["mutatingwebhookconfiguration"] == nil {
		return nil
	}
	return []finding.Text{finding.T("the API server ignores the webhook configuration that the token is bound to, and does not add the attestations to extra")}
}

func newFlags(q *asked) []finding.Text {
	var out []finding.Text
	for _, name := range slices.Sorted(maps.Keys(q.server.config.flags)) {
		if since := flagSince[name]; q.minor < since {
			out = append(out, finding.T("kube-apiserver does not start with --%s, a flag that exists since %s", finding.Standard(name), release(since)))
		}
	}
	return out
}

// oldFlags is about flags that a later release removed.
func oldFlags(q *asked) []finding.Text {
	var out []finding.Text
	for _, name := range slices.Sorted(maps.Keys(q.server.config.flags)) {
		if until := flagUntil[name]; q.minor < until {
			out = append(out, finding.T("kube-apiserver accepts --%s; since %s, it does not start with that flag", finding.Standard(name), release(until)))
		}
	}
	return out
}

func gatedFlags(q *asked) []finding.Text {
	var out []finding.Text
	given := q.server.config.flags
	for _, name := range slices.Sorted(maps.Keys(flagGate)) {
		g := flagGate[name]
		if _, ok := given[name]; ok && q.minor >= flagSince[name] && q.minor < g.before && !q.server.config.gate(g.gate) {
			out = append(out, finding.T("--%s needs --feature-gates=%s=true: without the gate, the API server does not start", finding.Standard(name), finding.Standard(g.gate)))
		}
	}
	return out
}

// newFunctions is about CEL functions that the release does not have.
func newFunctions(q *asked) []finding.Text {
	var out []finding.Text
	for _, e := range expressions(q.server.config.JWT) {
		for _, name := range functions(e) {
			if since := cmp.Or(functionSince[name], formatSince(name)); q.minor < since {
				out = append(out, finding.T("%s uses %s, which CEL expressions have since %s: the API server does not start", finding.Standard(e.place), finding.Standard(sourceName(name)), release(since)))
			}
		}
	}
	return out
}

// sourceName returns the name that a function has in the source of an expression.
func sourceName(name string) string {
	if name == "@sortByAssociatedKeys" {
		return "sortBy"
	}
	return name
}

func formatSince(name string) Minor {
	if strings.HasPrefix(name, "format.") {
		return 31
	}
	return 0
}

// expression is a CEL expression of a configuration, with its field path.
type expression struct {
	place, text string
	user        bool
}

func expressions(issuers []apiserver.JWTAuthenticator) []expression {
	var out []expression
	for i, j := range issuers {
		add := func(user bool, text, format string, args ...any) {
			if text != "" {
				out = append(out, expression{fmt.Sprintf("jwt[%d].", i) + fmt.Sprintf(format, args...), text, user})
			}
		}
		for k, r := range j.ClaimValidationRules {
			add(false, r.Expression, "claimValidationRules[%d].expression", k)
		}
		add(false, j.ClaimMappings.Username.Expression, "claimMappings.username.expression")
		add(false, j.ClaimMappings.Groups.Expression, "claimMappings.groups.expression")
		add(false, j.ClaimMappings.UID.Expression, "claimMappings.uid.expression")
		for k, e := range j.ClaimMappings.Extra {
			add(false, e.ValueExpression, "claimMappings.extra[%d].valueExpression", k)
		}
		for k, r := range j.UserValidationRules {
			add(true, r.Expression, "userValidationRules[%d].expression", k)
		}
	}
	return out
}

// functions returns the names of the functions that an expression calls, each once.
func functions(e expression) []string {
	compile := compileClaims
	if e.user {
		compile = compileUser
	}
	compiled, err := compile(e.text)
	if err != nil || compiled.AST == nil {
		return nil
	}
	names := map[string]bool{}
	ast.PreOrderVisit(compiled.AST.NativeRep().Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		switch x.Kind() {
		case ast.CallKind:
			names[x.AsCall().FunctionName()] = true
		case ast.ComprehensionKind:
			if x.AsComprehension().HasIterVar2() {
				names[twoVariables] = true
			}
		}
	}))
	return slices.Sorted(maps.Keys(names))
}

// compileClaims compiles an expression on claims, of any result type.
func compileClaims(text string) (authenticationcel.CompilationResult, error) {
	compiler := sharedCompiler()
	compiled, err := compiler.CompileClaimsExpression(&authenticationcel.ClaimValidationCondition{Expression: text})
	if err != nil {
		compiled, err = compiler.CompileClaimsExpression(&authenticationcel.ExtraMappingExpression{Expression: text})
	}
	return compiled, err
}

// compileUser compiles an expression on the mapped user.
func compileUser(text string) (authenticationcel.CompilationResult, error) {
	return sharedCompiler().CompileUserExpression(&authenticationcel.UserValidationCondition{Expression: text})
}

// attempts returns the attempts of the authenticators with a name; nameJWT selects those of
// all JWT issuers.
func (q *asked) attempts(name finding.Text) []Attempt {
	var out []Attempt
	for _, a := range q.answer.Attempts {
		if a.Name.Equal(name) || name.Equal(nameJWT) && q.server.issuerOf(a.Name) >= 0 {
			out = append(out, a)
		}
	}
	return out
}

// everyKey asks the ServiceAccount authenticators again with all keys, as the release does for any kid. It returns
// both error messages and whether they differ.
func (q *asked) everyKey() (was, is string, differs bool) {
	o := q.server.serviceAccounts()
	if len(o.Keys) == 0 {
		return "", "", false
	}
	o.EveryKey = true
	for _, a := range slices.Concat(q.attempts(nameLegacy), q.attempts(nameBound)) {
		again := serviceaccount.New(o)
		if a.Name.Equal(nameLegacy) {
			again = serviceaccount.NewLegacy(o)
		}
		r := &record{}
		_, ok, err := again.AuthenticateToken(r.in(authenticator.WithAudiences(context.Background(), q.answer.asked)), q.raw)
		switch {
		case a.Opinion != Rejected:
		case len(r.missing) > 0:
			return a.Error, "unknown, as an object was not given", true
		case ok:
			return a.Error, "", true
		case err != nil && err.Error() != a.Error:
			return a.Error, err.Error(), true
		}
	}
	return "", "", false
}

const everyKey = "the API server tries every key on a ServiceAccount token, whatever its kid"

func everyKeyVerdict(q *asked) []finding.Text {
	if _, is, differs := q.everyKey(); !differs || is != "" {
		return nil
	}
	return []finding.Text{finding.T(everyKey + ", and one of the keys verifies this token: the token is accepted")}
}

func everyKeyError(q *asked) []finding.Text {
	was, is, differs := q.everyKey()
	if !differs || is == "" {
		return nil
	}
	// The release's JOSE library has another name.
	is = strings.ReplaceAll(is, "go-jose/go-jose", "square/go-jose")
	return []finding.Text{finding.T(everyKey+": instead of %q, the error message is %q", finding.Message(was), finding.Message(is))}
}

// emptyNamespace is about a token that names a ServiceAccount without a namespace.
func emptyNamespace(q *asked) []finding.Text {
	if !strings.Contains(q.answer.Error, unknownPath) {
		return nil
	}
	return []finding.Text{finding.T("the API server does not request an object without a namespace: instead of %q, the error message is %q", finding.Message(unknownPath), finding.Message("an empty namespace may not be set when a resource name is provided"))}
}

func squareJose(q *asked) []finding.Text {
	if !strings.Contains(q.answer.Error, "go-jose/go-jose") {
		return nil
	}
	return []finding.Text{finding.T(`the error message has "square/go-jose" instead of "go-jose/go-jose"`)}
}

func certificateUIDBroken(q *asked) []finding.Text {
	for _, a := range q.attempts(nameCertificate) {
		if a.Opinion == Rejected && (strings.Contains(a.Error, "UID cannot be an empty string") || strings.Contains(a.Error, "expected 1 UID, but found multiple") || strings.Contains(a.Error, "unable to parse UID")) {
			return []finding.Text{finding.T("the API server ignores the UID in the subject of a client certificate, and does not reject this certificate for its UID")}
		}
	}
	return nil
}

func certificateUID(q *asked) []finding.Text {
	if q.answer.User == nil || q.answer.User.GetUID() == "" || !q.isAcceptedBy(nameCertificate) {
		return nil
	}
	return []finding.Text{finding.T("the API server ignores the UID in the subject of a client certificate: the user has no UID, instead of %q", finding.UID.Of(q.answer.User.GetUID()))}
}

// isAcceptedBy reports whether an authenticator with that name accepted the credential.
func (q *asked) isAcceptedBy(name finding.Text) bool {
	return slices.ContainsFunc(q.attempts(name), func(a Attempt) bool { return a.Opinion == Accepted })
}

func credentialID(name finding.Text, detail finding.Text) func(*asked) []finding.Text {
	return func(q *asked) []finding.Text {
		if q.answer.User == nil || len(q.answer.User.GetExtra()[user.CredentialIDKey]) == 0 || !q.isAcceptedBy(name) {
			return nil
		}
		return []finding.Text{finding.T("%s %s", detail, finding.Standard(user.CredentialIDKey))}
	}
}

// claimsFirst is about releases whose go-oidc checks the claims before the signature; go-oidc
// 2.5.0 checks the signature first. The error messages about claims are the same.
func claimsFirst(q *asked) []finding.Text {
	for _, a := range q.attempts(nameJWT) {
		if a.Opinion != Rejected || !slices.ContainsFunc([]string{"unsupported algorithm", "failed to verify signature", "id token not signed", "multiple signatures"}, func(s string) bool { return strings.Contains(a.Error, s) }) {
			continue
		}
		issuer := &q.server.config.JWT[q.server.issuerOf(a.Name)].Issuer
		config := &gooidc.Config{SupportedSigningAlgs: []string{algorithmOf(q.raw)}, Now: q.server.world.Now, ClientID: issuer.Audiences[0]}
		if len(issuer.Audiences) > 1 {
			// Several audiences are checked after the signature in every release.
			config.ClientID, config.SkipClientIDCheck = "", true
		}
		_, err := gooidc.NewVerifier(issuer.URL, unverified{}, config).Verify(context.Background(), q.raw)
		if err != nil && !strings.Contains(a.Error, err.Error()) {
			return []finding.Text{finding.T("the API server checks the claims before the signature: the error message is %q", finding.Message("oidc: verify token: "+err.Error()))}
		}
	}
	return nil
}

// algorithmOf returns the alg in the header of a token.
func algorithmOf(raw string) string {
	header, _, _ := strings.Cut(raw, ".")
	data, err := base64.RawURLEncoding.DecodeString(header)
	var h struct {
		Algorithm string `json:"alg"`
	}
	if err == nil {
		_ = json.Unmarshal(data, &h)
	}
	return h.Algorithm
}

// unverified is a key set that accepts every signature, to judge the claims alone.
type unverified struct{}

// VerifySignature implements the key set of go-oidc.
func (unverified) VerifySignature(_ context.Context, raw string) ([]byte, error) {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		return nil, errors.New("not a signed JWT")
	}
	return base64.RawURLEncoding.DecodeString(parts[1])
}

func integerClaims(affects Affects) func(*asked) []finding.Text {
	return func(q *asked) []finding.Text { return q.integerClaims(affects) }
}

// integerClaims evaluates the expressions again with the claims of releases up to v1.33: whole numbers are
// integers instead of doubles, and __dot__ in a name is not a dot. It returns the results that affect the verdict,
// the user or the error message.
func (q *asked) integerClaims(affects Affects) []finding.Text {
	parts := strings.Split(q.raw, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	// Kubernetes' own JSON decoder keeps whole numbers as integers.
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		return nil
	}
	var out []finding.Text
	for _, a := range q.attempts(nameJWT) {
		for _, step := range a.Steps {
			if step.Expression == "" || step.Name == "userValidationRules" {
				continue
			}
			compiled, err := compileClaims(step.Expression)
			if err != nil {
				continue
			}
			value, _, err := compiled.Program.ContextEval(context.Background(), map[string]any{"claims": claims})
			failed := step.Value == "" && step.Outcome == trace.Failed
			there := Affects("")
			var is finding.Text
			was := finding.T("%s", finding.Message(step.Value))
			if failed {
				was = step.Detail
			}
			if err != nil {
				is = finding.T("%s", finding.Err(err))
			} else {
				is = finding.T("%s", finding.Message(inJSON(value)))
			}
			switch {
			case err != nil && failed && !is.Equal(was):
				there = AffectsError
			case (err != nil) != failed:
				there = AffectsVerdict
			case err == nil && !is.Equal(was):
				there = AffectsUser
				if isRule(step.Name) {
					there = AffectsVerdict
				}
			}
			if there == affects {
				out = append(out, finding.T("a whole number in a claim is an integer in CEL expressions, not a double: %s in %s returns %s instead of %s", finding.Message(step.Expression), step.Title(), is, was))
			}
		}
	}
	return out
}
