package diagnose

import (
	"fmt"

	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// Clients send no credential over plain HTTP, without a word (kubectl#744).
var encryptedConnection = Check{
	ID:        "encrypted-connection",
	Stage:     StageClient,
	Title:     "the server is spoken to over TLS",
	Reference: "k8s.io/client-go tools/clientcmd/client_config.go",
	Finds:     []finding.ID{finding.PlainHTTPServer},
	Applies:   func(e *evidence.Evidence) bool { return e.Server.URL != "" },
	Run: func(e *evidence.Evidence) Result {
		if !plainHTTP(e) {
			return pass(e.Server.URL)
		}
		dropped, _ := e.Subject().Credential.Fault(credential.Dropped)
		if e.Subject().Credential.Type() == credential.TypeNone && dropped.ID != finding.PlainHTTPServer {
			return pass(e.Server.URL + ", and there is no credential to lose")
		}
		return report(proved(finding.PlainHTTPServer, "the server's address is "+e.Server.URL+": clients drop the credential before they send the request").
			See("kubeconfig", "server: "+e.Server.URL).
			Do("Write https:// and the TLS port into the cluster's entry of the kubeconfig.", "kubectl config view --minify"))
	},
}

// Before any credential counts, there has to be a server.
var serverReachable = Check{
	ID:        "server-reachable",
	Stage:     StageWay,
	Title:     "the server answers",
	Reference: "k8s.io/client-go transport",
	Finds: []finding.ID{
		finding.APIServerUnreachable, finding.ServerCertificateUntrusted,
		finding.ServerCertificateNameMismatch, finding.ServerCertificateExpired,
	},
	Applies: func(e *evidence.Evidence) bool { return e.Server.URL != "" },
	Run: func(e *evidence.Evidence) Result {
		failure := e.Anonymous.Failure
		if e.Anonymous.Known() || e.Subject().Wire.Known() {
			return pass("")
		}
		if w := e.Subject().Wire; w.State == evidence.Failed {
			failure = w.Failure
		}
		if failure == nil {
			return unknown("no request was sent: " + e.Anonymous.Reason())
		}
		id := finding.APIServerUnreachable
		remedy, command := "Check the address, the network and the proxy between here and there.", "kubectl authn explain --v=6"
		switch failure.Transport {
		case evidence.TransportUntrusted:
			id, remedy = finding.ServerCertificateUntrusted, "Compare certificate-authority-data of the kubeconfig with the CA of the cluster; after a cluster was rebuilt, fetch its kubeconfig again."
			command = "kubectl config view --minify --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d | openssl x509 -noout -subject -enddate"
		case evidence.TransportWrongName:
			id, remedy, command = finding.ServerCertificateNameMismatch, "Use a name that is in the server's certificate, or set tls-server-name in the kubeconfig to one that is.", "kubectl config view --minify"
		case evidence.TransportExpired:
			id, remedy, command = finding.ServerCertificateExpired, "Renew the API server's serving certificate on the control plane.", "kubeadm certs check-expiration"
		}
		return report(proved(id, "no credential was looked at: "+failure.Text).See("connection to "+e.Server.URL, failure.Text).Do(remedy, command))
	},
}

// A 401 or 403 without the marks of an API server is somebody else's.
var answeredByAPIServer = Check{
	ID:        "answered-by-api-server",
	Stage:     StageWay,
	Title:     "the answer is an API server's",
	Reference: "k8s.io/apiserver pkg/endpoints/filters/authentication.go",
	Finds:     []finding.ID{finding.AnswerNotFromAPIServer},
	Applies:   func(e *evidence.Evidence) bool { return e.Subject().Wire.Known() },
	Run: func(e *evidence.Evidence) Result {
		a := e.Subject().Wire.Value
		if a.FromAPIServer {
			return pass("")
		}
		f := proved(finding.AnswerNotFromAPIServer, fmt.Sprintf("the answer %d has neither an Audit-Id header nor a Kubernetes Status: something between here and the API server gave it", a.Status))
		f = f.See("HTTP status", fmt.Sprint(a.Status))
		if a.ContentType != "" {
			f = f.See("Content-Type", a.ContentType)
		}
		if a.ServerHeader != "" {
			f = f.See("Server", a.ServerHeader)
		}
		return report(f.Do("Look at the proxy, gateway or load balancer at that address; ask the API server itself, if you can reach it.", "kubectl config view --minify"))
	},
}

// What left the client and did not arrive was taken away on the way.
var credentialArrives = Check{
	ID:        "credential-arrives",
	Stage:     StageWay,
	Title:     "the server saw the credential",
	Reference: "k8s.io/apiserver pkg/authentication/request/bearertoken/bearertoken.go",
	Finds:     []finding.ID{finding.CredentialStripped},
	Applies: func(e *evidence.Evidence) bool {
		return e.Subject().Wire.Known() && e.Subject().Credential.IsToken() && e.Token().Sent().Read != "" && !plainHTTP(e)
	},
	Run: func(e *evidence.Evidence) Result {
		user := served(e.Subject().Wire)
		if user == nil || user.Username != anonymousUser {
			return pass("")
		}
		// A token that an API server sees is accepted or refused with 401, never served
		// as anonymous.
		return report(proved(finding.CredentialStripped, "the request left with an Authorization header, and the server served it as "+anonymousUser+": an API server that sees a token accepts it or answers 401").
			See("SelfSubjectReview with the credential", wireWords(e)).
			Do("Look for what stands between: a proxy or load balancer that ends TLS or removes the Authorization header.", "kubectl config view --minify"))
	},
}

// maxSkew is the difference between clocks from which on it explains failures.
const maxSkew = 30 * time.Second

// Lifetimes are judged by the server's clock, and looked at on this one.
var clocksAgree = Check{
	ID:        "clocks-agree",
	Stage:     StageWay,
	Title:     "this machine's clock and the server's agree",
	Reference: "RFC 9110 section 6.6.1 (Date)",
	Finds:     []finding.ID{finding.ClockSkew},
	Applies:   func(e *evidence.Evidence) bool { return e.Server.URL != "" },
	Run: func(e *evidence.Evidence) Result {
		if !e.Server.Clock.Known() {
			return unknown("the server's clock is not known: " + e.Server.Clock.Reason())
		}
		skew := e.Server.Clock.Value.Skew
		if skew.Abs() <= maxSkew {
			return pass("")
		}
		direction := "ahead of"
		if skew < 0 {
			direction = "behind"
		}
		return report(proved(finding.ClockSkew, fmt.Sprintf("the server's clock is %s %s this machine's", span(skew), direction)).
			See("Date of the server's answer", stamp(e.Now.Add(skew))).
			See("this machine's clock", stamp(e.Now)).
			Do("Have both clocks follow NTP; a proxy or cache on the way may also answer with an old Date.", "timedatectl"))
	},
}
