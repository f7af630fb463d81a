package call

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/checks"
	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/keyset"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted"
)

// Call is a call and its result: an answer, or the error of a call without an answer.
type Call struct {
	Credential *credential.Credential
	// Audiences are what the service expects, as far as the user said.
	Audiences []string
	Answer    *Answer
	Err       error
	Now       time.Time
}

// Verdict is the answer of the service about the token.
func (c *Call) Verdict() diagnose.Verdict {
	switch {
	case c.Answer == nil:
		return diagnose.Undecided
	case c.Answer.Status >= 200 && c.Answer.Status < 300:
		return diagnose.Accepted
	case c.Answer.Status == http.StatusUnauthorized, c.Answer.Status == http.StatusForbidden:
		return diagnose.Rejected
	}
	return diagnose.Undecided
}

// Findings explains the answer. Without Accepted, the first finding is the cause. The faults of the token itself follow:
// they may explain a rejection, and never change the verdict of the service.
func (c *Call) Findings() []finding.Finding {
	own := c.faults()
	if c.Verdict() == diagnose.Accepted {
		if c.Answer.HTML && c.Answer.Login {
			page := finding.Found(finding.ServiceLoginPage, finding.Proved, "the status is %s, and the body is a web page with a form for a password", finding.Count(c.Answer.Status))
			own = append([]finding.Finding{page}, own...)
		}
		for i := range own {
			if own[i].Severity == finding.Error {
				own[i].Severity = finding.Warning
			}
		}
		return own
	}
	cause := c.cause(own)
	if i := slices.IndexFunc(own, func(f finding.Finding) bool { return f.ID == cause.ID }); i >= 0 && len(cause.Remedy) == 0 {
		// The token itself shows the fault that the service names, so that its fix names the ServiceAccount.
		cause.Evidence, cause.Remedy = append(cause.Evidence, own[i].Evidence...), own[i].Remedy
	}
	return append([]finding.Finding{cause.OrFix()}, slices.DeleteFunc(own, func(f finding.Finding) bool { return f.ID == cause.ID })...)
}

// aboutAPIServer are faults of a credential that matter to an API server alone.
var aboutAPIServer = []finding.ID{finding.AudienceMissing, finding.LegacyToken, finding.OpaqueToken, finding.TokenStale}

// faults are the faults that the token itself shows. Without a given audience, none is about the audience.
func (c *Call) faults() []finding.Finding {
	e := &evidence.Evidence{Now: c.Now, Subjects: []*evidence.Subject{{Role: evidence.Itself, Credential: c.Credential}}}
	found := slices.DeleteFunc(diagnose.Findings(diagnose.NewCase(e), checks.All), func(f finding.Finding) bool {
		return f.Severity == finding.Info || slices.Contains(aboutAPIServer, f.ID)
	})
	aud, present := c.audience()
	if len(c.Audiences) == 0 || !present || slices.ContainsFunc(c.Audiences, func(a string) bool { return slices.Contains(aud, a) }) {
		return found
	}
	wrong := finding.Prove(finding.AudienceMismatch, "the token is not for the audience that you expect of the service").
		Seen("aud of the token", finding.Join(", ", finding.Names(finding.Audience, aud)...)).
		Seen("--audience", finding.Join(", ", finding.Names(finding.Audience, c.Audiences)...)).
		Fix("Request a token for the audience of the service, and call again with that token.", finding.Command{})
	return append([]finding.Finding{wrong}, found...)
}

// cause is what explains an answer other than 2xx: what the service says, in its challenge before its body, then a fault of
// the token, then the status.
func (c *Call) cause(own []finding.Finding) finding.Finding {
	if c.Answer == nil {
		return finding.Prove(finding.ServiceUnreachable, "no answer arrived: %s", finding.Err(c.Err))
	}
	for _, text := range c.Answer.texts() {
		if f, ok := c.ofServe(text); ok {
			return f
		}
	}
	for _, text := range c.Answer.texts() {
		if f, ok := c.recognized(text); ok {
			return f
		}
	}
	switch status := c.Answer.Status; {
	case status >= 300 && status < 400:
		return c.redirected()
	case status == http.StatusUnauthorized:
		for _, f := range own {
			if f.Severity == finding.Error && f.Explains() {
				return f
			}
		}
		return c.rejected()
	case status == http.StatusForbidden:
		return finding.Prove(finding.ServiceDenied, "the service answered 403%s", c.Answer.noReason())
	case c.Answer.HTML && c.Answer.Login:
		return finding.Prove(finding.ServiceLoginPage, "the body is a web page with a form for a password")
	default:
		return c.failed()
	}
}

// texts are what the answer says, the most specific first.
func (a *Answer) texts() []string {
	var out []string
	for _, c := range a.Challenges {
		out = append(out, c.Get("error_description"))
	}
	if !a.HTML {
		out = append(out, a.Message)
	}
	for _, c := range a.Challenges {
		out = append(out, c.Get("error"))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// reason matches the reason that `serve` gives: the ID of a finding and its title.
var reason = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:[A-Z][A-Za-z ]*: )?([a-z0-9]+(?:-[a-z0-9]+)+)(?:: |$)`)
})

// ofServe returns the finding that `serve` names.
func (c *Call) ofServe(text string) (finding.Finding, bool) {
	m := reason().FindStringSubmatch(text)
	if m == nil {
		return finding.Finding{}, false
	}
	id := finding.ID(m[1])
	if _, known := finding.Lookup(id); !known {
		return finding.Finding{}, false
	}
	f := finding.Prove(id, "the service gives this reason: %s", finding.Message(text))
	if id == finding.AudienceMismatch {
		if realm := c.Answer.realm(); realm != "" && c.Credential.Token != nil {
			f = f.Seen("audience of the service", finding.Audience.Of(realm))
			f = keyset.MintFor(c.Credential.Token, realm, f)
		}
		if aud, ok := c.audience(); ok {
			f = f.Seen("aud of the token", finding.Join(", ", finding.Names(finding.Audience, aud)...))
		}
	}
	return f, true
}

func (c *Call) audience() ([]string, bool) {
	if c.Credential.Token == nil {
		return nil, false
	}
	return c.Credential.Token.Audience()
}

// realm is the realm of the Bearer challenge: for `serve`, its first audience.
func (a *Answer) realm() string {
	for _, c := range a.Challenges {
		if strings.EqualFold(c.Scheme, "Bearer") {
			return c.Get("realm")
		}
	}
	return ""
}

// wide are findings of a pasted text about API servers that say nothing narrower about another service.
var wide = []finding.ID{finding.CredentialRejected, finding.AnswerNotFromAPIServer, finding.APIServerError, finding.APIServerUnreachable, finding.AuthorizationDenied}

// recognized returns the finding of a message that errortext knows.
func (c *Call) recognized(text string) (finding.Finding, bool) {
	d, ok := pasted.FromText(text)
	if !ok || len(d.Findings) == 0 {
		return finding.Finding{}, false
	}
	f := d.Findings[0]
	if !slices.Contains(wide, f.ID) {
		f.Severity = finding.Error
		return f, true
	}
	entry, _ := finding.Lookup(f.ID)
	if f.ID == finding.CredentialRejected || f.Title.Equal(entry.Says()) {
		return finding.Finding{}, false
	}
	// The text is about this service, and not about an API server.
	as := c.byStatus()
	title := f.Title
	if strings.Contains(title.String(), "API server") {
		entry, _ := finding.Lookup(as)
		title = entry.Says()
		f = finding.Prove(as, "a proxy in front of the service, or the service itself, reported: %s", finding.Message(text))
	}
	f.ID, f.Title, f.Severity = as, title, finding.Error
	return f, true
}

// byStatus is the finding of a status alone.
func (c *Call) byStatus() finding.ID {
	switch c.Answer.Status {
	case http.StatusUnauthorized:
		return finding.ServiceRejected
	case http.StatusForbidden:
		return finding.ServiceDenied
	}
	return finding.ServiceFailed
}

// rejected is a 401 without a reason that is known.
func (c *Call) rejected() finding.Finding {
	a := c.Answer
	if len(a.Challenges) == 0 {
		if a.HTML {
			return finding.Prove(finding.ServiceRejected, "the service answered 401 with a web page and without a challenge. A proxy for users may have answered")
		}
		return finding.Prove(finding.ServiceRejected, "the service answered 401%s", a.noReason())
	}
	for _, ch := range a.Challenges {
		if !strings.EqualFold(ch.Scheme, "Bearer") {
			continue
		}
		switch code := ch.Get("error"); code {
		case "":
			return finding.Prove(finding.ServiceRejected, "the service asks for a bearer token and names no error. Either it saw no token, because a proxy removed the Authorization header, or it gives no reason")
		case "invalid_token":
			return finding.Prove(finding.ServiceRejected, "the service says invalid_token: the token has expired, was revoked, is malformed or is invalid for another reason%s", a.noReason())
		default:
			return finding.Prove(finding.ServiceRejected, "the service says %s%s", finding.Standard(code), a.noReason())
		}
	}
	return finding.Prove(finding.ServiceRejected, "the service asks for %s, and not for a bearer token", finding.Standard(a.Challenges[0].Scheme))
}

// noReason says what the answer has in place of a reason.
func (a *Answer) noReason() finding.Text {
	switch texts := a.texts(); {
	case len(texts) > 0:
		return finding.T(": %s", finding.Message(texts[0]))
	case a.HTML:
		return finding.T(" with a web page")
	}
	return finding.T(" without a reason")
}

// login matches the places where proxies redirect users to.
var login = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)log-?in|sign-?in|/auth(/|\?|$)|oauth2?|authorize|openid|saml|/dex/|sso`)
})

func (c *Call) redirected() finding.Finding {
	to := c.Answer.Location
	switch {
	case to == "":
		return finding.Prove(finding.ServiceRedirected, "the status is %s, and the answer names no address", finding.Count(c.Answer.Status))
	case login().MatchString(to):
		return finding.Prove(finding.ServiceLoginPage, "the service redirects to %s. The redirect was not followed", finding.URL.Of(to))
	}
	return finding.Prove(finding.ServiceRedirected, "the service redirects to %s. The redirect was not followed, and the token was not sent there", finding.URL.Of(to))
}

func (c *Call) failed() finding.Finding {
	a := c.Answer
	status := finding.Message(a.StatusLine)
	switch server := strings.ToLower(a.Server); {
	case a.Status == http.StatusInternalServerError && strings.Contains(server, "nginx"):
		return finding.Prove(finding.ServiceFailed, "nginx answered %s. If it asks an authorization server (auth_request), that server did not answer, or answered neither 2xx nor 401 nor 403", status)
	case a.Status == http.StatusBadRequest:
		return finding.Prove(finding.ServiceFailed, "the service answered %s: the request is malformed, or has more than one credential%s", status, a.noReason())
	case a.Status == http.StatusServiceUnavailable || a.Status == http.StatusBadGateway || a.Status == http.StatusGatewayTimeout:
		return finding.Prove(finding.ServiceFailed, "the service answered %s: it, or a server that it asks, is not available%s", status, a.noReason())
	}
	return finding.Prove(finding.ServiceFailed, "the service answered %s%s", status, a.noReason())
}
