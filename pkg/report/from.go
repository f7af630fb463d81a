package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/replicas"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// FromCredential describes a credential without its secrets.
func FromCredential(c *credential.Credential) Credential {
	out := Credential{Type: c.Type(), Source: c.Source, Trace: fromTrace(c.Trace)}
	if p := c.Projected; p != nil {
		out.Projected = &Projected{
			ServiceAccountName: p.ServiceAccount, NodeName: p.Node, Container: p.Container, Path: p.Path,
			Audience: p.Audience, ExpirationSeconds: p.ExpirationSeconds, Undeclared: p.Undeclared, Remarks: p.Remarks,
		}
	}
	switch {
	case c.Certificate != nil:
		leaf := c.Certificate.Leaf
		out.Certificate = certificateOf(c.Certificate)
		out.NotBefore, out.ExpiresAt = At(leaf.NotBefore), At(leaf.NotAfter)
	case c.Token != nil:
		t := c.Token
		out.Header, out.Claims = FromDocument(t.Header), FromDocument(t.Claims)
		out.IssuedAt, out.NotBefore = instant(t.IssuedAt()), instant(t.NotBefore())
		out.ExpiresAt, out.WarnAfter = instant(t.ExpiresAt()), instant(t.WarnAfter())
		if t.AWS != nil {
			out.IssuedAt, out.ExpiresAt = At(t.AWS.SignedAt), At(t.AWS.ExpiresAt)
			out.AWS = awsOf(t.AWS)
		}
	}
	return out
}

func awsOf(a *token.AWS) *AWSRequest {
	return &AWSRequest{
		Region: a.Region, Host: a.Host, AccessKeyID: a.AccessKeyID,
		RequestLifetimeSeconds: int64(a.RequestLifetime.Seconds()), SignsCluster: a.SignsCluster,
	}
}

// FromPlain describes a plain token without its header and claims. ok is false if these may contain a secret,
// which FromCredential omits.
func FromPlain(p *token.Plain, source finding.Text) (c Credential, ok bool) {
	if p.MayHoldSecret() {
		return Credential{}, false
	}
	// One allocation for all four, because there are many such tokens.
	times := new([4]Time)
	return Credential{
		Type: string(p.Kind), Source: source,
		IssuedAt: times[0].of(p.IssuedAt()), NotBefore: times[1].of(p.NotBefore()),
		ExpiresAt: times[2].of(p.ExpiresAt()), WarnAfter: times[3].of(p.WarnAfter()),
	}, true
}

// of sets t to a time of a token. It returns nil if the token lacks the time.
func (t *Time) of(at time.Time, has bool) *Time {
	if !has {
		return nil
	}
	t.Time = at
	return t
}

func certificateOf(c *credential.Certificate) *Certificate {
	return &Certificate{
		Subject:           c.Leaf.Subject.String(),
		Issuer:            c.Leaf.Issuer.String(),
		SerialNumber:      c.Leaf.SerialNumber.String(),
		NotBefore:         At(c.Leaf.NotBefore),
		NotAfter:          At(c.Leaf.NotAfter),
		ExtendedKeyUsages: c.Usages(),
		SHA256:            c.Fingerprint(),
	}
}

// privateMembers are the private members of a JWK (RFC 7518 section 6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// maxShownDepth is the maximum depth of printed objects and lists, because each level is indented.
const maxShownDepth = 32

// tooDeep replaces a value that is nested deeper.
var tooDeep = fmt.Sprintf("(nested more than %d levels deep, not shown)", maxShownDepth)

// FromDocument copies the content of a token or a served document without the credentials in it: tokens
// inside tokens, and private parts of keys.
func FromDocument(members map[string]any) map[string]any { return withoutSecrets(members, 1) }

func withoutSecrets(members map[string]any, depth int) map[string]any {
	if members == nil {
		return nil
	}
	out := make(map[string]any, len(members))
	_, isKey := members["kty"]
	for name, value := range members {
		if isKey && slices.Contains(privateMembers, name) || token.SecretMember(name) {
			value = token.Redacted
		}
		out[name] = withoutSecret(value, depth+1)
	}
	return out
}

func withoutSecret(value any, depth int) any {
	switch v := value.(type) {
	case string:
		return token.Redact(v)
	case map[string]any:
		if depth > maxShownDepth {
			return tooDeep
		}
		return withoutSecrets(v, depth)
	case []any:
		if depth > maxShownDepth {
			return tooDeep
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = withoutSecret(v[i], depth+1)
		}
		return out
	}
	return value
}

func instant(t time.Time, has bool) *Time {
	if !has {
		return nil
	}
	return At(t)
}

// FromIdentity converts an identity for printing.
func FromIdentity(id *token.Identity) *Identity {
	if id == nil {
		return nil
	}
	return &Identity{Username: id.Username, UID: id.UID, Groups: id.Groups, Extra: id.Extra}
}

// FromKey converts a public key for printing.
func FromKey(k keyset.Key) Key {
	return Key{
		KeyID: k.ID, KeyType: k.Type, Algorithm: k.Algorithm, Use: k.Use, Bits: k.Bits,
		Thumbprint: k.Thumbprint, KubernetesKeyID: k.KubernetesID, Source: k.Source,
	}
}

// FromEvidence returns the Inspection of a credential that no server was asked about.
func FromEvidence(e *evidence.Evidence) *Inspection {
	out := NewInspection()
	c := e.Subject().Credential
	out.Credential = FromCredential(c)
	out.Identity = FromIdentity(c.Identity())
	out.Findings = diagnose.Findings(diagnose.NewCase(e), checks.OfItself())
	return out
}

// FromDiagnoses returns an Explanation of the credential and of the further subjects, in the order of the
// evidence.
func FromDiagnoses(e *evidence.Evidence, diagnoses []*diagnose.Diagnosis) *Explanation {
	out := NewExplanation()
	whole := diagnose.NewCase(e)
	d := diagnoses[0]
	out.Credential = FromCredential(d.Subject.Credential)
	out.Credential.Verified = verified(d)
	if t := out.Credential.Trace; t != nil {
		t.chosen(whole.Choice(), d.Subject.Credential)
	}
	out.Audiences, out.AcceptedFor = e.Audiences, d.AcceptedFor
	out.Verdict, out.DecidedBy = string(d.Verdict), string(d.DecidedBy)
	out.User = FromIdentity(d.User)
	out.Cause, out.Findings = d.Cause, d.Findings
	for _, o := range d.Outcomes {
		out.Checks = append(out.Checks, Check{
			ID: o.Check.ID, Title: o.Check.Title, Stage: string(o.Check.Stage),
			Status: string(o.Result.Status), Detail: o.Result.Detail,
		})
	}
	if e.Server.URL != "" {
		out.Server = serverOf(whole)
	}
	for _, c := range replicas.Counts(whole) {
		out.Answers = append(out.Answers, Answers{c.Server, c.Question, c.Answer, c.Times, c.Of})
	}
	out.Servers = serversOf(whole)
	for i, d := range diagnoses[1:] {
		s := e.Subjects[i+1]
		c := FromCredential(s.Credential)
		c.Verified = verified(d)
		out.Subjects = append(out.Subjects, Subject{
			Role: string(s.Role), Description: describe(s), Credential: &c,
			Verdict: string(d.Verdict), DecidedBy: string(d.DecidedBy), User: FromIdentity(d.User),
			Cause: d.Cause, Findings: d.Findings,
		})
	}
	return out
}

// PastedError is the source of a diagnosis from a pasted error.
var PastedError = finding.T("pasted error")

// FromText returns an Explanation of a pasted error, without a credential or a server.
func FromText(d *diagnose.Diagnosis) *Explanation {
	out := NewExplanation()
	out.Credential = Credential{Type: credential.TypeNone, Source: PastedError}
	out.Verdict, out.DecidedBy = string(d.Verdict), string(d.DecidedBy)
	out.Cause, out.Findings = d.Cause, d.Findings
	return out
}

// verified reports whether the API server authenticated the token, and so verified its signature, or whether
// the signature was verified here.
func verified(d *diagnose.Diagnosis) bool {
	if d.Verdict == diagnose.Accepted {
		c := d.Subject.Credential.Certificate
		return c == nil || diagnose.Decided(d.User, c)
	}
	return d.SignatureVerified
}

func describe(s *evidence.Subject) finding.Text {
	if p := s.Credential.Projected; s.Role == evidence.PodToken && p != nil {
		return finding.T("the token in container %s at %s", finding.Container.Of(p.Container), finding.File.Of(p.Path))
	}
	return choose(s.Role, map[evidence.Role]finding.Text{
		evidence.Shadowed: finding.T("the token beside the client certificate"),
		evidence.Another:  s.Credential.Source,
	}, finding.T("the corrected token"))
}

// serversOf returns the API server replicas; nil if they were not asked one by one.
func serversOf(c *diagnose.Case) *Servers {
	if len(c.Endpoints) == 0 {
		return nil
	}
	out := &Servers{}
	problem, remedies := replicas.Unlisted(c)
	out.Problem, out.Remedy = problem, remedies
	for _, a := range replicas.Servers(c) {
		s := OneServer{
			URL: a.At.URL, NamedBy: a.At.NamedBy, NotAsked: a.NotAsked, Error: a.Error,
			Version: a.At.Version.Value, ClockSkewSeconds: skewOf(a.At.Clock), HasKey: a.HasKey,
		}
		for _, note := range a.Notes {
			s.Differences = append(s.Differences, note.Said)
		}
		if a.NotAsked.IsZero() {
			s.Verdict = string(a.Verdict)
		}
		if a.User != nil {
			s.Username = a.User.Username
		}
		if d := a.At.Issuer.Value.Discovery; d.Known() {
			s.Issuer = d.Value.Issuer
		}
		if keys := a.At.Issuer.Value.Keys; keys.Known() {
			s.Keys = []Key{}
			for _, k := range keys.Value.Keys {
				s.Keys = append(s.Keys, FromKey(k))
			}
		}
		out.Items = append(out.Items, s)
	}
	return out
}

func skewOf(clock evidence.Fact[evidence.Clock]) *int64 {
	if !clock.Known() {
		return nil
	}
	seconds := int64(clock.Value.Skew.Round(time.Second) / time.Second)
	return &seconds
}

func serverOf(c *diagnose.Case) *Server {
	s := &Server{URL: c.Server.URL, Version: c.Server.Version.Value, ClockSkewSeconds: skewOf(c.Server.Clock)}
	if w := c.Subject().Wire; w.Known() {
		s.AuditID = w.Value.AuditID
	}
	s.Proxy = c.Server.Trust.Proxy
	if h := c.Server.Handshake; h.Known() {
		s.RequestsClientCertificate = &h.Value.RequestsCertificate
		for _, ca := range c.ClientCAs() {
			s.ClientCAs = append(s.ClientCAs, ca.String())
		}
		if shown := h.Value.Certificates; len(shown) > 0 {
			s.Certificate = certificateOf(&credential.Certificate{Leaf: shown[0]})
		}
	}
	return s
}
