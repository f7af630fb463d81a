// Package pasted explains pasted error messages and log lines from their text alone.
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

// header matches Go's error for an invalid header, which quotes the value: an opaque token in
// it cannot be recognized by its form.
var header = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(invalid\s+header\s+field\s+value\s+)(?:(?:\\+"|"")(?:[^"\\]|\\+[^"\\])*(?:\\*"+)?|"(?:[^"\\]|\\.)*"?)`)
})

// maxQuoted is the maximum length of a quoted message, in bytes.
const maxQuoted = 1000

// FromText explains a pasted error from its text alone. The verdict is Rejected for an API
// server's rejection or the reason of one, Anonymous if an API server named system:anonymous,
// and otherwise Undecided. The cause is the first finding that a message proves; other
// readings are possible findings. It returns false if it recognizes nothing in the text.
func FromText(text string) (*diagnose.Diagnosis, bool) {
	reasons := messages(text)
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

// messages returns the messages of a text, without the secrets in it.
func messages(text string) []reason {
	normal := errortext.Normalise(text).Map(withoutSecrets)
	var reasons []reason
	for _, r := range normal.Find() {
		// A message that stood escaped in the text may have more to hide.
		r.Text, r.Line = withoutHeader(token.Redact(withoutLastQuote(r.Text))), withoutHeader(token.Redact(r.Line))
		for key, value := range r.Values {
			if strings.Contains(r.Pattern, "invalid header field value {"+key) {
				value = token.Redacted
			}
			r.Values[key] = token.Redact(value)
		}
		reasons = append(reasons, reason{Reason: r, before: outputBefore(normal.String(), r)})
	}
	return placed(reasons, pastedText{normal.String(), text})
}

// withoutLastQuote removes a quotation mark at the end of a message that was a quoted value of its line.
func withoutLastQuote(text string) string {
	if trimmed, ok := strings.CutSuffix(text, `"`); ok && strings.Count(trimmed, `"`)%2 == 0 {
		return trimmed
	}
	return text
}

func withoutSecrets(lines []string) []string {
	text := strings.Join(token.RedactLines(lines), "\n")
	return strings.Split(withoutHeader(text), "\n")
}

// withoutHeader hides the value that Go's error for an invalid header quotes. It keeps line breaks.
func withoutHeader(text string) string {
	if !strings.Contains(text, "invalid") || !strings.Contains(text, "header") {
		return text
	}
	return header().ReplaceAllStringFunc(text, func(found string) string {
		words := header().FindStringSubmatch(found)[1]
		return words + `"` + token.Redacted + strings.Repeat("\n", strings.Count(found[len(words):], "\n")) + `"`
	})
}

// fromReasons returns the diagnosis, the message that gave its cause, and whether that message
// proves the cause.
func fromReasons(reasons []reason) (d *diagnose.Diagnosis, said reason, settled bool) {
	d = &diagnose.Diagnosis{Verdict: diagnose.Undecided, DecidedBy: diagnose.ByNobody}
	reasons = withoutConsequences(attributed(reasons))
	var deciding []reason
	for _, suits := range []struct {
		verdict diagnose.Verdict
		by      func(reason) bool
	}{
		{diagnose.Rejected, isRefusal},
		{diagnose.Anonymous, isAnonymous},
		{diagnose.Undecided, func(reason) bool { return true }},
	} {
		deciding = slices.DeleteFunc(slices.Clone(reasons), func(r reason) bool { return !suits.by(r) })
		if len(deciding) > 0 {
			d.Verdict = suits.verdict
			break
		}
	}

	said = fuller(ranked(candidates(d.Verdict, reasons, deciding))[0], reasons)
	id, settled := settles(said)
	if !settled {
		id = unsettled(d.Verdict, deciding)
	}
	for _, r := range reasons {
		if !isConsequence(r) || rankOf(r) <= rankOf(said) {
			addReason(d, r, id)
		}
	}
	d.Lead(fromReason(id, said))
	return d, said, settled
}

// losesCredential reports whether a request with that finding leaves or arrives without its
// credential.
func losesCredential(id finding.ID) bool {
	return diagnose.LeavesNoCredential(id) || id == finding.TokenHasWhitespace
}

func isRefusal(r reason) bool {
	// These messages are warnings, not rejections.
	if len(r.IDs) > 0 && slices.Contains([]finding.ID{finding.TokenHasWhitespace, finding.TokenStale, finding.LegacyToken, finding.OIDCNotInitialized}, r.IDs[0]) {
		return r.IDs[0] == finding.OIDCNotInitialized && r.Stage == errortext.OIDC && strings.HasPrefix(r.Text, "oidc: ")
	}
	return r.Stage.Refuses()
}

func isAnonymous(r reason) bool {
	return r.Stage == errortext.Authorization && (slices.Contains(r.IDs, finding.AnonymousRequest) || r.Values["user"] == diagnose.AnonymousUser)
}

// settles returns the finding that a message proves alone.
func settles(r reason) (finding.ID, bool) {
	switch {
	case isAnonymous(r):
		return finding.AnonymousRequest, true
	case len(r.IDs) == 0, r.IDs[0] == finding.CredentialRejected:
		return "", false
	case r.IDs[0] == finding.AnswerNotFromAPIServer:
		// A message of a client that has a Key names what answered.
		return r.IDs[0], r.Key != "" && (r.Stage == errortext.Client || r.Stage == errortext.Transport)
	case len(r.IDs) == 1:
		return r.IDs[0], true
	case r.Stage == errortext.OIDC && r.IDs[0] == finding.SignatureInvalid:
		// The readings of this message are in the detail.
		return finding.SignatureInvalid, true
	case slices.Contains(r.IDs, finding.BoundObjectGone):
		// The message proves that an object was deleted, not which one.
		return finding.BoundObjectGone, true
	case r.Stage == errortext.Request && r.IDs[0] == finding.NoCredential:
		// In an audit log, this is a request without a credential.
		return finding.AnonymousRequest, true
	case slices.Contains(generalFindings, r.IDs[0]), r.IDs[0] == finding.ClientCANotTrusted && ofOldRelease(r):
		return r.IDs[0], true
	}
	return "", false
}

// generalFindings are findings that a message proves even if its more specific findings remain possible.
var generalFindings = []finding.ID{
	finding.AudienceMismatch, finding.ReviewNotPermitted, finding.TokenHasWhitespace, finding.BootstrapTokenNotFound,
	finding.APIServerError, finding.APIServerUnreachable, finding.DiscoveryNotPublic,
	finding.ExecPluginFailed, finding.CertificateExpired,
}

// ofOldRelease reports whether the log line of a rejection has the form before Kubernetes 1.20. In
// such a line, an error of crypto/x509 alone is that of the client CA's authenticator.
func ofOldRelease(r reason) bool {
	return strings.Contains(r.Line, errortext.Refusal+" due to an error: ")
}

// unsettled returns the cause if the leading message proves none.
func unsettled(v diagnose.Verdict, reasons []reason) finding.ID {
	if v == diagnose.Rejected || slices.ContainsFunc(reasons, func(r reason) bool {
		// The message is about a rejection of another service's token.
		return len(r.IDs) > 0 && r.IDs[0] == finding.CredentialRejected
	}) {
		return finding.CredentialRejected
	}
	return finding.AnswerNotFromAPIServer
}

// addReason adds what a message proves or leaves possible beside the cause.
func addReason(d *diagnose.Diagnosis, r reason, cause finding.ID) {
	has := func(id finding.ID) bool {
		return id == cause || slices.ContainsFunc(d.Findings, func(f finding.Finding) bool { return f.ID == id })
	}
	settled, ok := settles(r)
	if ok && !has(settled) {
		d.Findings = append(d.Findings, fromReason(settled, r))
	}
	if path := r.Values["request"]; isAnonymous(r) && (strings.Contains(path, "/.well-known/openid-configuration") || strings.Contains(path, "/openid/v1/jwks")) && !has(finding.DiscoveryForbidden) {
		d.Findings = append(d.Findings, fromReason(finding.DiscoveryForbidden, r))
	}
	possible := r.IDs
	if settled == finding.SignatureInvalid {
		// Its detail has the other readings.
		possible = nil
	}
	if r.Stage == errortext.Unknown {
		possible = []finding.ID{finding.WebhookRejected}
	}
	for _, id := range possible {
		if has(id) || id == settled || id == finding.CredentialRejected || (id == finding.AnswerNotFromAPIServer && r.Stage == errortext.Service) {
			continue
		}
		d.Findings = append(d.Findings, finding.Found(id, finding.Possible, "the text is consistent with this cause, but does not prove it"))
	}
}

// introduce returns the introduction of a message with the finding id and the source of the
// message; false if the message needs no introduction.
func introduce(id finding.ID, r reason) (before, source finding.Text, ok bool) {
	stage := r.Stage
	switch {
	case stage == errortext.Unknown:
		return finding.T("the API server forwards an error message of another component, such as a token webhook: "), finding.T(apiServerMessage), true
	case stage == errortext.Client && id == finding.APIServerError:
		return finding.T("on Kubernetes 1.28 and later, this error nearly always means that the request was anonymous: "), finding.T(clientMessage), true
	case stage == errortext.Client:
		return finding.T("the client sent no request with a credential: "), finding.T(clientMessage), true
	case stage == errortext.Transport && slices.Contains(serverCertificate, id) && r.server == "" && r.holder == "":
		return finding.T("the connection failed before any authentication, and the text does not name the server: "), finding.T(clientMessage), true
	case stage == errortext.Transport:
		return finding.T("the connection failed before any authentication: "), finding.T(clientMessage), true
	case stage == errortext.Joining && id == finding.BootstrapTokenSecretMismatch:
		return finding.T("kubeadm: "), finding.T("kubeadm said"), true
	case stage == errortext.Joining:
		return finding.T("kubeadm found no signature by that token in cluster-info: "), finding.T("kubeadm said"), true
	}
	return finding.Text{}, finding.Text{}, false
}

const (
	apiServerMessage = "API server said"
	clientMessage    = "client said"
)

// explain returns the meaning of a message that proves id, and the source of the message.
func explain(id finding.ID, r reason) (detail, source finding.Text) {
	if r.component != "" {
		_, detail = ofComponent(id, r)
		return detail, finding.T("error message")
	}
	byServer, byClient := finding.T(apiServerMessage), finding.T(clientMessage)
	if e, _ := explanationOf(r); !e.before.IsZero() {
		return finding.T("%s: %s", e.before, clipped(r.Text)), byClient
	}
	switch r.Stage {
	case errortext.Authorization:
		if isAnonymous(r) {
			return finding.T("the API server served the request as " + diagnose.AnonymousUser + ": no usable credential arrived"), byServer
		}
		if isDelegated(r) {
			return finding.T("the program that logged this asks an API server about each token. The program runs as %q, which cannot %s. The program can therefore verify no token that way",
				finding.User.Of(r.Values["user"]), clipped(requestOf(r))), finding.T("error message")
		}
		return finding.T("the API server identified the user as %q, who cannot %s", finding.User.Of(r.Values["user"]), clipped(requestOf(r))), byServer
	case errortext.HTTP:
		detail = finding.T("a request got the response 401, and the text does not name the server. An API server returns 401 for a rejected credential. So do " +
			"proxies, load balancers, servers behind the API server, and other HTTP servers such as image registries")
		if strings.HasPrefix(r.Text, "Unauthorized! ") {
			detail = finding.T("%s. The client adds the sentence about an expired token or a revoked ServiceAccount to every 401, so the sentence proves neither", detail)
		}
		return detail, byClient
	case errortext.Plugin:
		return ofPlugin(r), finding.T("%s said", finding.Standard(r.Values["service"]))
	case errortext.Service:
		return withMeaning(ofService(id, r), r), finding.T("%s said", finding.Standard(r.Values["service"]))
	case errortext.Request:
		switch {
		case id == finding.CredentialRejected && slices.Contains(r.IDs, finding.AnswerNotFromAPIServer):
			return finding.T("the response was 401, and the text does not have its body. An API server's 401 has no reason, and a proxy's 401 looks the same here"), byClient
		case id == finding.CredentialRejected:
			return finding.T("the API server answered 401. It gives clients no reason"), byServer
		case id == finding.AnonymousRequest:
			return finding.T("the API server found no credential in the request, and rejected the request with 401"), byServer
		}
	case errortext.API, errortext.TokenReview, errortext.TokenRequest:
	default:
		if before, source, ok := introduce(id, r); ok {
			return withMeaning(finding.T("%s%s%s", before, clipped(strings.TrimRight(r.Text, ". ")), sameName(id, r)), r), source
		}
		if detail = ofAuthenticator(id, r); !detail.IsZero() {
			return detail, byServer
		}
	}
	return finding.T("the API server reported: %s", clipped(r.Text)), byServer
}

// ofAuthenticator returns the meaning of an authenticator's message that says less than its finding; the zero Text if the
// message says enough.
func ofAuthenticator(id finding.ID, r reason) finding.Text {
	quoted := clipped(r.Text)
	switch {
	case id == finding.SignatureInvalid && r.Stage == errortext.OIDC:
		return finding.T("no key that the API server has of the issuer verifies the signature. Either the issuer's key set lacks the key, or the API server has cached an older key set, "+
			"or the token was changed: %s", quoted)
	case (id == finding.CredentialRejected || id == finding.ClientCANotTrusted) && r.Stage == errortext.RequestHeader:
		return finding.T("the server verified a client certificate with its requestheader CA, and rejected it. In the log of an aggregated API such as metrics-server, that is the API server's proxy certificate "+
			"(--proxy-client-cert-file). In the API server's log, that is the certificate of a client: %s", quoted)
	case id == finding.CredentialRejected && isUnverified(r):
		return finding.T("the API server has no key that verifies the signature of the ServiceAccount token. The text does not show why: another cluster or another key signed the token, "+
			"or the token was changed or cut off: %s", quoted)
	case id == finding.CredentialRejected:
		return finding.T("the API server rejected the credential, and the error message does not prove why: %s", quoted)
	}
	return finding.Text{}
}

// isUnverified reports whether no key of the API server verifies the signature of a ServiceAccount token.
func isUnverified(r reason) bool {
	return r.Stage == errortext.ServiceAccount && strings.HasSuffix(r.Pattern, "error in cryptographic primitive")
}

// ofService returns the meaning of another service's message.
func ofService(id finding.ID, r reason) finding.Text {
	quoted, name, user := clipped(strings.TrimRight(r.Text, ". ")), finding.Standard(r.Values["service"]), r.Values["user"]
	switch {
	case id == finding.AggregatedAPIRefused && !fixes()[r.Key].means.IsZero():
		return finding.T("the error message is: %s", quoted)
	case id == finding.AggregatedAPIRefused && user != "":
		return finding.T("%s runs as %q, which lacks the permission to create TokenReviews or SubjectAccessReviews: %s", name, finding.User.Of(user), quoted)
	case id == finding.AggregatedAPIRefused && isTokenRejected(r):
		return finding.T("the kubelet rejected the token of a client: %s", quoted)
	case id == finding.AggregatedAPIRefused && kubeletLogged(r.Line):
		return finding.T("the kubelet rejected the client certificate of the API server or of another client: %s", quoted)
	case id == finding.AggregatedAPIRefused && (strings.Contains(r.Text, "pods/log") || strings.HasPrefix(r.Text, "unable to upgrade connection")):
		return finding.T("the API server accepts the credential of the client. The kubelet rejected the credential of the API server: %s", quoted)
	case id == finding.AggregatedAPIRefused:
		return finding.T("%s rejected a credential that the API server accepts: %s", name, quoted)
	case id == finding.APIServerError:
		return finding.T("the API server gets no usable answer from the server that serves this API, or that server rejects the API server. The condition of the APIService says which: %s", quoted)
	case id == finding.AuthorizationDenied:
		return finding.T("authentication succeeded: %s identified the user as %q, who lacks the permission", name, finding.User.Of(user))
	case id == finding.CredentialRejected && fixes()[r.Key].means.IsZero():
		return finding.T("the API server answered 401 to the token that %s sends to it, which need not be the token that %s received. %s reported: %s", name, name, name, quoted)
	}
	return finding.T("%s reported: %s", name, quoted)
}

// fromReason returns the finding that a message proves.
func fromReason(id finding.ID, r reason) finding.Finding {
	detail, source := explain(id, r)
	f := finding.Prove(id, "%s", detail)
	f = titled(f, r)
	if reference, ok := serviceReferences[r.Values["service"]]; ok && r.Stage == errortext.Service {
		f.Reference = reference
	}
	f = f.Pasted(source, clipped(r.Text))
	switch {
	case r.Until == "old":
		f = f.Seen("wording", finding.T("of releases before Kubernetes 1.30"))
	case r.Since != "":
		f = f.Seen("wording", finding.T("since Kubernetes %s", finding.Standard(r.Since)))
	case r.Until != "":
		f = f.Seen("wording", finding.T("up to Kubernetes %s", finding.Standard(r.Until)))
	}
	return withFix(f, r)
}

// titled returns the finding with a title that is more exact than that of the catalogue, if the
// message allows one.
func titled(f finding.Finding, r reason) finding.Finding {
	if r.component != "" {
		if title, _ := ofComponent(f.ID, r); !title.IsZero() {
			f.Title = title
		}
		if signal := r.signal; signal != "" {
			f = f.SeenAt(finding.T("shown by"), finding.Quoted(signal))
		}
	}
	switch {
	case f.ID == finding.CredentialRejected && isUnverified(r):
		f.Title = finding.T("the API server cannot verify the token's signature")
	case f.ID == finding.ServerCertificateExpired && isNotYetValid(r):
		f.Title = finding.T("the server's certificate is not valid yet")
	case f.ID == finding.KubeletCertificateExpired && isNotYetValid(r):
		f.Title = finding.T("the kubelet's serving certificate is not valid yet")
	case f.ID == finding.AggregatedAPIRefused && r.Values["service"] == errortext.Kubelet:
		f.Title = finding.T("the kubelet rejects the request")
	case f.ID == finding.ReviewNotPermitted && isDelegated(r):
		// The missing permission is the cause here; beside a credential it only limits the report.
		f.Title, f.Severity = finding.T("the component's ServiceAccount may not create TokenReviews"), finding.Error
	case f.ID == finding.IssuerNotTrusted && r.Stage == errortext.Service:
		f.Title = finding.T("the service does not trust the token's issuer")
	case f.ID == finding.SignatureInvalid && r.Stage == errortext.OIDC:
		f.Title = finding.T("the API server has no key that verifies the signature")
	case f.ID == finding.CredentialRejected && r.Stage == errortext.HTTP:
		f.Title, f.Reference = finding.T("an unknown server answered 401"), finding.ReadAt("RFC 9110, section 15.5.2")
	}
	if f.ID == finding.CertificateExpired && slices.Contains(r.IDs, finding.CertificateNotYetValid) {
		// Go before 1.15 gives no times.
		f.Title = finding.T("the client certificate has expired or is not yet valid")
	}
	return f
}

// serviceReferences are the documentation pages of other services.
var serviceReferences = map[string]string{
	errortext.AWSSTS:    "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html",
	errortext.EntraID:   "https://learn.microsoft.com/entra/workload-id/workload-identity-federation",
	errortext.GoogleSTS: "https://cloud.google.com/iam/docs/workload-identity-federation",
	errortext.Vault:     "https://developer.hashicorp.com/vault/docs/auth/kubernetes",
}

// clipped returns a foreign message, shortened to maxQuoted.
func clipped(text string) finding.Value {
	return finding.Message(finding.Truncate(text, maxQuoted, " …"))
}

// withFix adds the fix: the catalogue's, or a more specific one if the text allows it.
func withFix(f finding.Finding, r reason) finding.Finding {
	if isNotYetValid(r) {
		return clockFix(f)
	}
	if r.component != "" {
		return withComponentFix(f, r)
	}
	for _, more := range []func(finding.Finding, reason) (finding.Finding, bool){withKeyFix, ofExec, ofWebhook, withServiceFix, withHolderFix, withPermissionFix, withCredentialFix} {
		if by, ok := more(f, r); ok {
			if f.ID == finding.CredentialRejected && isUnverified(r) {
				by = by.Fix("If the API server rejects the tokens of many Pods, compare the keys. The key in `--service-account-private-key-file` of kube-controller-manager, or in `--service-account-signing-key-file` of "+
					"kube-apiserver, must match a file in `--service-account-key-file` of every kube-apiserver.", finding.Command{})
			}
			return by
		}
	}
	entry, _ := finding.Lookup(f.ID)
	run := finding.Command{}
	if f.ID == finding.AnonymousRequest {
		run = finding.Run("kubectl authn explain")
	}
	return f.FixBy(entry.ToDo(), run)
}

// withCredentialFix adds the fix for a credential whose kind or sender the message shows.
func withCredentialFix(f finding.Finding, r reason) (finding.Finding, bool) {
	switch {
	case r.Stage == errortext.Joining:
		return f.Fix("On a control-plane node, create a new token. The command prints the join command:", finding.Run("kubeadm token create --print-join-command")), true
	case r.Stage == errortext.HTTP:
		return f.Fix("Run explain with the credential. The report shows whether an API server answers, and whether it accepts the credential.", finding.Run("kubectl authn explain")), true
	case f.ID == finding.CredentialRejected:
		return f.Fix("Run explain with the credential. With permission to create TokenReviews, the report shows the API server's reason.", finding.Run("kubectl authn explain")).
			Ask("Or ask an administrator to find the rejection in the API server's log. Tell them the time.", diagnose.ReasonsInLog()), true
	case f.ID == finding.SignatureInvalid && r.Stage == errortext.OIDC:
		return f.Fix("Verify the token with the keys that the issuer publishes. The result shows which reading is true.", finding.Run("kubectl authn verify -f token.txt --issuer-url ISSUER")).
			Fix("If the issuer's key set lacks the key, or the token was changed, log in again. If the issuer publishes the key, wait until the API server reads the key set again.", finding.Command{}), true
	case f.ID == finding.ServiceAccountDeleted && r.Stage == errortext.TokenRequest:
		return f.Fix("Check the name and the namespace of the ServiceAccount. Without --namespace, kubectl uses the namespace of the context. List the ServiceAccounts:", finding.Run("kubectl get serviceaccounts --all-namespaces")).
			Fix("If the ServiceAccount is missing, create it.", finding.Run("kubectl create serviceaccount NAME --namespace NAMESPACE")), true
	case f.ID == finding.APIServerUnreachable && r.Stage == errortext.Transport:
		return withNetworkFix(f, r)
	case f.ID == finding.IssuerNotTrusted && r.Stage == errortext.OIDC:
		if strings.HasPrefix(r.Values["issuer"], "https://sts.windows.net/") && strings.HasPrefix(r.Values["wantIssuer"], "https://login.microsoftonline.com/") {
			f = f.Fix("The API server expects a token of version 2.0 of Microsoft Entra ID, and got version 1.0. For access tokens, set `requestedAccessTokenVersion` to 2 in the manifest of the app registration. "+
				"For ID tokens, log in with the expected issuer.", finding.Command{})
		}
		return f.Fix("Compare the token's `iss` with the issuer's URL in the API server's configuration (`issuer.url`, or `--oidc-issuer-url`). They must match exactly; a slash at the end counts.",
			finding.Run("kubectl authn inspect -f token.txt")), true
	case f.ID == finding.AudienceMismatch && r.Stage == errortext.OIDC:
		return f.Fix("Compare the token's `aud` with the audiences that the API server expects. If the token is an access token, send the ID token instead.", finding.Run("kubectl authn inspect -f token.txt")).
			Fix("If the token is an ID token, set the client ID of your login tool to an audience that the API server expects. Then log in again: the issuer writes the client ID into `aud`.", finding.Command{}).
			Fix("If the audience of the token is right, ask an administrator to add it to `issuer.audiences` in the AuthenticationConfiguration (or to set `--oidc-client-id`).", finding.Command{}), true
	case f.ID == finding.TokenExpired && (r.Stage == errortext.OIDC || strings.HasPrefix(r.Text, "oidc: ")):
		return f.Fix("Log in again at the identity provider, with the program that got the token. That is the exec plugin in the kubeconfig, or a login command. If the program should "+
			"refresh the token alone, check that it has a refresh token (the scope `offline_access`).", finding.Run("kubectl config view --minify")), true
	}
	return f, false
}

// withNetworkFix adds the fix for a connection that fails in a known way; false if the way is not known.
func withNetworkFix(f finding.Finding, r reason) (finding.Finding, bool) {
	server := finding.Run("kubectl config view --minify").Add("-o").Word("jsonpath={.clusters[*].cluster.server}")
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(r.Text, w) })
	}
	switch {
	case has("lookup ", "no such host"):
		return f.Fix("The name of the server cannot be resolved on the client's machine. Compare the name with the address of the cluster: the cluster may be deleted, or the kubeconfig may be old. If the name exists only in a VPN or another "+
			"network, connect to that network. With kubectl, the address in use:", server), true
	case has("refused"):
		return f.Fix("Nothing listens at the address and port, or a firewall rejects the connection. Check the port. Then check on the control plane that kube-apiserver runs. With kubectl, the address in use:", server), true
	case has("tls: internal error"):
		return f.Fix("The server stopped the TLS handshake with an error of its own. Most often, the server has no certificate for the name in the kubeconfig's address: compare the name. "+
			"For the proxy of Tailscale's operator, enable HTTPS certificates in the tailnet. This command shows the handshake:", finding.Run("openssl s_client").Add("-connect").Arg(finding.T("HOST:6443")).Add("-servername").Arg(finding.T("HOST")).Raw("</dev/null")), true
	case has("TLS handshake timeout"):
		return f.Fix("The server accepted the connection and did not finish the TLS handshake. Typical reasons are a load balancer without a healthy API server, an overloaded API server, and a network that drops large "+
			"packets (MTU). This command shows the handshake:", finding.Run("openssl s_client").Add("-connect").Arg(finding.T("HOST:6443")).Raw("</dev/null")), true
	case has("i/o timeout", "no route to host", "network is unreachable", "operation timed out", "connection timed out"):
		return f.Fix("The client's machine gets no connection to the address. Check the address, the VPN, the routes and the firewalls. A private address is reachable only in its own network. With kubectl, the address in use:", server), true
	}
	return f, false
}

// withServiceFix adds the fix for a message of a service other than the API server.
func withServiceFix(f finding.Finding, r reason) (finding.Finding, bool) {
	switch {
	case r.Stage == errortext.Service && (f.ID == finding.AnswerNotFromAPIServer || f.ID == finding.IssuerNotTrusted || f.ID == finding.AudienceMismatch):
		return f.Fix("Compare the token's `iss`, `sub` and `aud` with the service's configuration. They must match exactly; a slash at the end of the issuer counts.",
			finding.Run("kubectl authn inspect -f token.txt")), true
	case f.ID == finding.APIServerError && r.Stage == errortext.Service:
		return f.FixBy(finding.T("Look at the APIServices that are not available. The condition `bad status from …: 401` means that the server behind the APIService rejects "+
			"the API server (%s).", finding.AggregatedAPIRefused), finding.Run("kubectl get apiservices -o wide")), true
	}
	return f, false
}
