// Package pasted explains what people paste: error messages and lines of logs. Nobody is
// asked, and nothing is known but the text.
package pasted

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// header is what Go repeats of a header that it cannot send: an opaque token looks
// like nothing that could be recognised elsewhere.
var header = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(invalid header field value )"(?:[^"\\]|\\.)*"?`) })

// maxQuoted is how much of a message is repeated, in bytes.
const maxQuoted = 1000

// FromText explains an error that somebody pasted, and nothing else: nobody is asked.
// The verdict is what the text itself settles. Rejected: an API server's refusal, or
// the reason for one, is what was pasted. Anonymous: an API server named
// system:anonymous. Undecided: the client got no answer, or it is another's word. The
// cause is the first message that by itself settles one; what a message may also stand
// for is listed as possible. It reports false where nothing in the text is known.
func FromText(text string) (*diagnose.Diagnosis, bool) {
	reasons := errortext.Find(withoutSecrets(text))
	if len(reasons) == 0 {
		return nil, false
	}
	d, _, _ := fromReasons(reasons)
	accounts := slices.DeleteFunc(namesOf(reasons), func(n Name) bool { return n.What != Account })
	if len(accounts) == 1 {
		for i, f := range d.Findings {
			d.Findings[i] = OfAccount(f, accounts[0].Value)
		}
	}
	return d, true
}

func withoutSecrets(text string) string {
	text = token.Redact(text)
	if !strings.Contains(text, "invalid header field value ") {
		return text
	}
	return header().ReplaceAllString(text, `${1}"`+token.Redacted+`"`)
}

// fromReasons is the diagnosis, the message that its cause was taken from, and whether
// that one settles it.
func fromReasons(reasons []errortext.Reason) (d *diagnose.Diagnosis, said errortext.Reason, settled bool) {
	d = &diagnose.Diagnosis{Verdict: diagnose.Undecided, DecidedBy: diagnose.ByNobody}
	var deciding []errortext.Reason
	for _, suits := range []struct {
		verdict diagnose.Verdict
		by      func(errortext.Reason) bool
	}{
		{diagnose.Rejected, isRefusal},
		{diagnose.Anonymous, anonymousReason},
		{diagnose.Undecided, func(errortext.Reason) bool { return true }},
	} {
		deciding = slices.DeleteFunc(slices.Clone(reasons), func(r errortext.Reason) bool { return !suits.by(r) })
		if len(deciding) > 0 {
			d.Verdict = suits.verdict
			break
		}
	}

	id, said, settled := settledBy(deciding)
	if d.Verdict == diagnose.Anonymous {
		// Why nothing arrived is the better explanation, where the text has it.
		for _, r := range reasons {
			if dropped, ok := settles(r); ok && dropped != finding.AnonymousRequest && dropping(dropped) {
				id, said, settled = dropped, r, true
				break
			}
		}
	}
	if !settled {
		id, said = unsettled(d.Verdict, deciding)
	}
	for _, r := range reasons {
		addReason(d, r, id)
	}
	d.Lead(fromReason(id, said))
	return d, said, settled
}

// dropping: with that finding a request leaves without its credential, or arrives
// without it.
func dropping(id finding.ID) bool {
	return diagnose.LeavesNoCredential(id) || id == finding.TokenHasWhitespace
}

func isRefusal(r errortext.Reason) bool {
	// A header that is ignored, a token that is old, a warning: no refusal.
	if len(r.IDs) > 0 && slices.Contains([]finding.ID{finding.TokenHasWhitespace, finding.TokenStale, finding.LegacyToken, finding.OIDCNotInitialized}, r.IDs[0]) {
		return r.IDs[0] == finding.OIDCNotInitialized && strings.HasPrefix(r.Text, "oidc: ")
	}
	return r.Stage.Refuses()
}

func anonymousReason(r errortext.Reason) bool {
	return r.Stage == errortext.Authorization && (slices.Contains(r.IDs, finding.AnonymousRequest) || r.Values["user"] == diagnose.AnonymousUser)
}

// settles names the finding that a message proves by itself.
func settles(r errortext.Reason) (finding.ID, bool) {
	switch {
	case anonymousReason(r):
		return finding.AnonymousRequest, true
	case len(r.IDs) == 0, r.IDs[0] == finding.CredentialRejected, r.IDs[0] == finding.AnswerNotFromAPIServer:
		return "", false
	case len(r.IDs) == 1:
		return r.IDs[0], true
	case slices.Contains(r.IDs, finding.BoundObjectGone):
		// Which object it is remains open; that one is gone does not.
		return finding.BoundObjectGone, true
	case r.Stage == errortext.Request && r.IDs[0] == finding.NoCredential:
		// The audit log: nothing in the request was a credential.
		return finding.AnonymousRequest, true
	case slices.Contains(lookedAtCloser, r.IDs[0]):
		return r.IDs[0], true
	}
	return "", false
}

// lookedAtCloser are findings of a message whose other findings are a closer look at the same thing.
var lookedAtCloser = []finding.ID{
	finding.AudienceMismatch, finding.ReviewNotPermitted, finding.TokenHasWhitespace, finding.BootstrapTokenNotFound,
	finding.APIServerError, finding.APIServerUnreachable, finding.DiscoveryNotPublic,
}

func settledBy(reasons []errortext.Reason) (finding.ID, errortext.Reason, bool) {
	for _, r := range reasons {
		if id, ok := settles(r); ok {
			return id, r, true
		}
	}
	return "", errortext.Reason{}, false
}

// unsettled is what remains where no message settles a cause.
func unsettled(v diagnose.Verdict, reasons []errortext.Reason) (finding.ID, errortext.Reason) {
	id := finding.AnswerNotFromAPIServer
	if v == diagnose.Rejected || slices.ContainsFunc(reasons, func(r errortext.Reason) bool {
		// Vault's API server refused Vault.
		return len(r.IDs) > 0 && r.IDs[0] == finding.CredentialRejected
	}) {
		id = finding.CredentialRejected
	}
	r := reasons[0]
	for _, other := range reasons {
		// `invalid bearer token` is said beside everything.
		if len(r.IDs) == 0 && r.Stage == errortext.Bearer && other.Text != r.Text {
			r = other
		}
	}
	return id, r
}

// addReason adds what a message proves or leaves possible beside the cause.
func addReason(d *diagnose.Diagnosis, r errortext.Reason, cause finding.ID) {
	has := func(id finding.ID) bool {
		return id == cause || slices.ContainsFunc(d.Findings, func(f finding.Finding) bool { return f.ID == id })
	}
	settled, ok := settles(r)
	if ok && !has(settled) {
		d.Findings = append(d.Findings, fromReason(settled, r))
	}
	if path := r.Values["request"]; anonymousReason(r) && (strings.Contains(path, "/.well-known/openid-configuration") || strings.Contains(path, "/openid/v1/jwks")) && !has(finding.DiscoveryForbidden) {
		d.Findings = append(d.Findings, fromReason(finding.DiscoveryForbidden, r))
	}
	possible := r.IDs
	if r.Stage == errortext.Unknown {
		possible = []finding.ID{finding.WebhookRejected}
	}
	for _, id := range possible {
		if has(id) || id == settled || id == finding.CredentialRejected || (id == finding.AnswerNotFromAPIServer && r.Stage == errortext.Service) {
			continue
		}
		d.Findings = append(d.Findings, finding.Found(id, finding.Possible, "the text fits it, and does not settle it"))
	}
}

// introduce is what is said before a message that means id, and whose words it has; false
// where it speaks for itself.
func introduce(id finding.ID, stage errortext.Stage) (before, source finding.Text, ok bool) {
	switch {
	case stage == errortext.Unknown:
		return finding.T("the API server passes on words that are none of its own, as it does with those of a token webhook: "), finding.T("the server's words"), true
	case stage == errortext.Client && id == finding.APIServerError:
		return finding.T("on Kubernetes 1.28 and later this nearly always means that the request was anonymous: "), finding.T(clientsWords), true
	case stage == errortext.Client:
		return finding.T("no request with a credential left the client: "), finding.T(clientsWords), true
	case stage == errortext.Transport:
		return finding.T("no credential was looked at: "), finding.T(clientsWords), true
	case stage == errortext.Joining && id == finding.BootstrapTokenSecretMismatch:
		return finding.T("kubeadm: "), finding.T("kubeadm's words"), true
	case stage == errortext.Joining:
		return finding.T("kubeadm found no signature made with that token in the cluster-info: "), finding.T("kubeadm's words"), true
	}
	return finding.Text{}, finding.Text{}, false
}

const (
	apiServersWords = "the API server's words"
	clientsWords    = "the client's words"
)

// sayings says what a message means that proves id, and whose words it has.
func sayings(id finding.ID, r errortext.Reason) (detail, source finding.Text) {
	said := clipped(r.Text)
	byServer, byClient := finding.T(apiServersWords), finding.T(clientsWords)
	switch r.Stage {
	case errortext.Authorization:
		if anonymousReason(r) {
			return finding.T("the API server served the request as " + diagnose.AnonymousUser + ": no usable credential arrived"), byServer
		}
		return finding.T("the API server took the request for %q, who cannot %s", finding.User.Of(r.Values["user"]), clipped(r.Values["request"])), byServer
	case errortext.HTTP:
		detail = finding.T("a request was answered 401, and the text does not say by whom: an API server answers so to a credential that it refuses, and so do a proxy or " +
			"load balancer before it, a server behind it, and others that speak HTTP, an image registry say")
		if strings.HasPrefix(r.Text, "Unauthorized! ") {
			detail = finding.T("%s; the words about an expired token or a revoked ServiceAccount are the client's own for every 401, and prove neither", detail)
		}
		return detail, byClient
	case errortext.Service:
		return ofService(id, r), finding.T("the words of %s", finding.Standard(r.Values["service"]))
	case errortext.Request:
		switch {
		case id == finding.CredentialRejected && slices.Contains(r.IDs, finding.AnswerNotFromAPIServer):
			return finding.T("the answer was 401 and was read without its body; an API server's tells no reason, and a proxy's looks the same here"), byClient
		case id == finding.CredentialRejected:
			return finding.T("the API server answered 401; it tells a client no reason"), byServer
		case id == finding.AnonymousRequest:
			return finding.T("the API server found no credential in the request, and refused it with 401"), byServer
		}
	case errortext.API, errortext.TokenReview, errortext.TokenRequest:
	default:
		if before, source, ok := introduce(id, r.Stage); ok {
			return finding.T("%s%s", before, said), source
		}
		if id == finding.CredentialRejected {
			return finding.T("the API server refused the credential, and its words do not settle why: %s", said), byServer
		}
	}
	return finding.T("the API server says: %s", said), byServer
}

// ofService says what a message of another service means.
func ofService(id finding.ID, r errortext.Reason) finding.Text {
	said, name, user := clipped(r.Text), finding.Standard(r.Values["service"]), r.Values["user"]
	switch {
	case id == finding.AggregatedAPIRefused && user != "":
		return finding.T("%s, running as %q, may not ask the API server whether to answer: %s", name, finding.User.Of(user), said)
	case id == finding.AggregatedAPIRefused:
		return finding.T("%s refused what the API server takes: %s", name, said)
	case id == finding.APIServerError:
		return finding.T("the API server gets no usable answer from the server behind it that this API is for, or that one refuses it; the condition of the APIService says which: %s", said)
	case id == finding.AuthorizationDenied:
		return finding.T("authentication worked: %s knows who asks as %q, who may not do that", name, finding.User.Of(user))
	case id == finding.CredentialRejected:
		return finding.T("the API server answered 401 to the token with which %s asks it, which need not be the one that %s was shown; %s says: %s", name, name, name, said)
	}
	return finding.T("%s says: %s", name, said)
}

// fromReason is a finding that a message proves.
func fromReason(id finding.ID, r errortext.Reason) finding.Finding {
	detail, source := sayings(id, r)
	f := finding.Prove(id, "%s", detail)
	switch {
	case id == finding.IssuerNotTrusted && r.Stage == errortext.Service:
		f.Title = finding.T("the token's issuer is not known there")
	case id == finding.CredentialRejected && r.Stage == errortext.HTTP:
		f.Title, f.Reference = finding.T("somebody answered 401"), finding.ReadAt("RFC 9110, section 15.5.2")
	}
	if reference, ok := readOnAbout[r.Values["service"]]; ok && r.Stage == errortext.Service {
		f.Reference = reference
	}
	f = f.SeenAt(source, clipped(r.Text))
	switch {
	case r.Until == "old":
		f = f.Seen("wording", finding.T("of releases before Kubernetes 1.30"))
	case r.Since != "":
		f = f.Seen("wording", finding.T("since Kubernetes %s", finding.Standard(r.Since)))
	case r.Until != "":
		f = f.Seen("wording", finding.T("up to Kubernetes %s", finding.Standard(r.Until)))
	}
	return remedied(f, r)
}

// readOnAbout is where the words of another service are explained: not in the sources of
// Kubernetes.
var readOnAbout = map[string]string{
	"AWS STS":            "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html",
	"Microsoft Entra ID": "https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
	"Google STS":         "https://cloud.google.com/iam/docs/workload-identity-federation",
	"Vault":              "https://developer.hashicorp.com/vault/docs/auth/kubernetes",
}

// clipped is a message of somebody else, of which not too much is repeated.
func clipped(text string) finding.Value {
	return finding.Message(finding.Truncate(text, maxQuoted, " …"))
}

// remedied adds what to do, in the catalogue's words: about what was pasted nothing
// more is known than the text says.
func remedied(f finding.Finding, r errortext.Reason) finding.Finding {
	if byService, ok := serviceRemedied(f, r); ok {
		return byService
	}
	entry, _ := finding.Lookup(f.ID)
	todo, run := entry.ToDo(), finding.Command{}
	user := r.Values["user"]
	of, name, isAccount := diagnose.ServiceAccountOf(user)
	account := finding.ServiceAccount.Of(name)
	bound := func(bind finding.Command) finding.Command {
		return bind.Argf("--serviceaccount=%s:%s", finding.Namespace.Of(of), account)
	}
	switch {
	case user != "" && (f.ID == finding.AggregatedAPIRefused || f.ID == finding.ReviewNotPermitted):
		if isAccount {
			todo = finding.T("Whoever verifies other people's tokens needs the ClusterRole system:auth-delegator.")
			run = bound(finding.Run("kubectl create clusterrolebinding").Argf("%s-auth-delegator", account).Add("--clusterrole=system:auth-delegator"))
		}
	case f.ID == finding.AggregatedAPIRefused && r.Values["service"] == "the kubelet":
		todo = finding.T("The kubelet takes the API server's client certificate (--kubelet-client-certificate) if it is of the CA in its own authentication.x509.clientCAFile, " +
			"and tokens, such as metrics-server's, if its authentication.webhook.enabled is true. Its log on the node says what it refuses.")
	case f.ID == finding.AuthorizationDenied && r.Values["role"] != "":
		if isAccount {
			role := finding.Role.Of(r.Values["role"])
			todo = finding.T("A server behind the API server reads there whom to believe, and needs the Role for it.")
			run = bound(finding.Run("kubectl -n kube-system create rolebinding").Argf("%s-%s", account, role).Argf("--role=%s", role))
		}
	case r.Stage == errortext.Joining:
		todo, run = finding.T("On a control-plane node, make a new token and the command that joins with it:"), finding.Run("kubeadm token create --print-join-command")
	case r.Stage == errortext.HTTP:
		todo, run = finding.T("Ask about the credential itself: whether an API server answers, and what it makes of the credential, is then seen."), finding.Run("kubectl authn explain")
	case f.ID == finding.CredentialRejected:
		return f.Fix("Ask about the credential itself; with the right to create TokenReviews the API server also gives its reason.", finding.Run("kubectl authn explain")).
			Fix("An administrator finds the reason of each refusal in the API server's log; tell them the time.", diagnose.ReasonsInLog())
	case f.ID == finding.AnonymousRequest:
		run = finding.Run("kubectl authn explain")
	case f.ID == finding.AuthorizationDenied:
		if granted, ok := grantOf(f, r); ok {
			return granted
		}
	}
	return f.FixBy(todo, run)
}

// serviceRemedied adds what to do about the words of another service than the API server.
func serviceRemedied(f finding.Finding, r errortext.Reason) (finding.Finding, bool) {
	switch {
	case r.Values["service"] == "Vault" && (f.ID == finding.CredentialRejected || f.ID == finding.AnswerNotFromAPIServer):
		return vaultRemedied(f, r), true
	case r.Stage == errortext.Service && (f.ID == finding.AnswerNotFromAPIServer || f.ID == finding.IssuerNotTrusted || f.ID == finding.AudienceMismatch):
		return f.Fix("Compare the token's `iss`, `sub` and `aud`, to the letter, with what is configured there; a slash at the end of the issuer counts. "+
			"This shows what a token says:", finding.Run("kubectl authn inspect -f token.txt")), true
	case f.ID == finding.APIServerError && r.Stage == errortext.Service:
		return f.FixBy(finding.T("Look at the APIServices that are not available: `bad status from …: 401` in the condition of one means that the server behind it does not believe "+
			"the API server (%s).", finding.AggregatedAPIRefused), finding.Run("kubectl get apiservices -o wide")), true
	}
	return f, false
}

// vaultRemedied adds what to do about words of Vault's kubernetes method, which has three
// tokens to choose from when it asks the API server about the one of a login
// (hashicorp/vault-plugin-auth-kubernetes#121, hashicorp/vault#11953, #15430).
func vaultRemedied(f finding.Finding, r errortext.Reason) finding.Finding {
	switch {
	case f.ID == finding.CredentialRejected:
		return f.Fix("See with which token Vault asks: with token_reviewer_jwt where that is set (token_reviewer_jwt_set), otherwise with that of Vault's own Pod, and outside of the "+
			"cluster, or with disable_local_ca_jwt, with the one of the login, which then has to be for the API server's own audience.", finding.Run("vault read auth/kubernetes/config")).
			Fix("A token_reviewer_jwt ends with its lifetime, and with the Pod or Secret that it was taken from. Where Vault runs in the cluster, write the configuration "+
				"without it; elsewhere, with a new one of a ServiceAccount that has the ClusterRole system:auth-delegator. This tells what the API server makes of one.",
				finding.Run("kubectl authn explain -f reviewer-token.txt"))
	case strings.HasSuffix(r.Text, "not authorized"):
		return f.Fix("Vault itself refuses the login: its role does not list the ServiceAccount or the namespace of the token (bound_service_account_names, "+
			"bound_service_account_namespaces). Compare the role with the token's `sub`.", finding.Run("vault read auth/kubernetes/role/ROLE")).
			Fix("This shows what the token says.", finding.Run("kubectl authn inspect -f token.txt"))
	}
	return f.Fix("Vault's own log has the reason, where need be at the level debug; this explains what it says.", finding.Run("kubectl --namespace vault logs vault-0").Pipe(finding.Run("kubectl authn explain --error -"))).
		Fix("Or ask the API server as Vault does, with the audience of its role, if that has one.", finding.Run("kubectl authn explain -f token.txt --audience AUDIENCE"))
}
