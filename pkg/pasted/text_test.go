package pasted

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

func TestFromTextFailuresInTheWild(t *testing.T) {
	for _, c := range pastedtest.Errors {
		t.Run(c.Name, func(t *testing.T) {
			d, ok := FromText(c.Text)
			if !ok {
				t.Fatal("nothing is recognised")
			}
			if d.Verdict != c.Verdict || d.Cause != c.Cause || d.DecidedBy != diagnose.ByNobody {
				t.Errorf("%s %s by %s, want %s %s", d.Verdict, d.Cause, d.DecidedBy, c.Verdict, c.Cause)
			}
			if len(d.Findings) == 0 || d.Findings[0].ID != c.Cause || d.Findings[0].Certainty != finding.Proved {
				t.Fatalf("the cause is not proved, or not first: %+v", d.Findings)
			}
			if len(d.Findings[0].Evidence) == 0 || len(d.Findings[0].Remedy) == 0 {
				t.Errorf("no evidence or no remedy: %+v", d.Findings[0])
			}
			var ids []finding.ID
			for _, f := range d.Findings {
				if slices.Contains(ids, f.ID) {
					t.Errorf("%s stands twice", f.ID)
				}
				ids = append(ids, f.ID)
				for _, s := range []string{f.Detail.String(), f.Title.String()} {
					if strings.Contains(s, "s3cr3t") {
						t.Errorf("a token is repeated: %s", s)
					}
				}
				for _, e := range f.Evidence {
					if strings.Contains(e.Value.String(), "s3cr3t") {
						t.Errorf("a token is repeated: %s", e.Value)
					}
				}
			}
			for _, id := range c.Also {
				if !slices.Contains(ids, id) {
					t.Errorf("%s is not among %v", id, ids)
				}
			}
		})
	}
}

// What is not known is not guessed.
func TestFromTextKnowsNothingOf(t *testing.T) {
	for _, text := range []string{
		"", "hello", "Error: 404 Not Found", "permission denied", "unexpected status: 401 Unauthorized for image", "Unauthorized access to the building",
		"EOF", "json: cannot unmarshal string", "may not specify a duration less than 10 minutes", "the token was fine",
		`net/http: invalid header field value for "User-Agent"`, "open /etc/passwd: permission denied", "Token has expired, please log in",
	} {
		if d, ok := FromText(text); ok {
			t.Errorf("%q is %s %s", text, d.Verdict, d.Cause)
		}
	}
}

// hostile are what texts made to be slow, and to smuggle something out, consist of.
var hostile = map[string]string{
	"words": "x509: ", "brackets": "[", "opened": "[invalid bearer token, ", "quotes": `"a\"`, "escapes": `"\"`, "spaces": " ", "lines": "\n",
	"aggregates": "[invalid bearer token, x]\n", "dials": "dial tcp ", "forbidden": "a is forbidden: User ", "log": `"Unable to authenticate the request" err="[`,
	"blocks": "Unable to authenticate the request\" err=<\n", "unknown": "Unable to authenticate the request: \x1b[2J\u202e", "AAD": "AADSTS1: ", "letters": "a", "high": "\xff",
}

func BenchmarkFromTextHostile(b *testing.B) {
	for name, unit := range hostile {
		b.Run(name, func(b *testing.B) {
			text := strings.Repeat(unit, 1<<20/len(unit))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				FromText(text)
			}
		})
	}
}

func TestFromTextHostile(t *testing.T) {
	for name, unit := range hostile {
		d, ok := FromText(strings.Repeat(unit, 1<<20/len(unit)))
		if ok && (len(d.Findings) > 100 || len(d.Findings[0].Detail.String()) > 3*maxQuoted) {
			t.Errorf("%s: %d findings, %d bytes", name, len(d.Findings), len(d.Findings[0].Detail.String()))
		}
	}
}

// Vault asks the API server with one of three tokens, and its role rejects logins without asking: the
// kubeconfig of whoever pasted the error has no part in either.
func TestVaultsWordsHaveVaultsRemedies(t *testing.T) {
	for text, want := range map[string]string{
		"login unauthorized due to: lookup failed: service account unauthorized; this could mean it has been deleted or recreated with a new token": "vault read auth/kubernetes/config",
		"* service account name not authorized":                              "vault read auth/kubernetes/role/ROLE",
		"* namespace not authorized":                                         "vault read auth/kubernetes/role/ROLE",
		"PUT http://vault:8200/v1/auth/kubernetes/login * permission denied": "kubectl --namespace vault logs vault-0 | kubectl authn explain --error -",
	} {
		d, ok := FromText(text)
		if !ok || d.Findings[0].Remedy[0].Command.String() != want {
			t.Errorf("%s: %+v", text, d)
		}
		for _, r := range d.Findings[0].Remedy {
			if r.Command.String() == "kubectl authn explain" {
				t.Errorf("%s: the caller's own kubeconfig is to be explained", text)
			}
		}
	}
}

// A 403 has all that is needed to grant what is missing, and the commands have it.
func TestDeniedIsGranted(t *testing.T) {
	const forbidden = "Error from server (Forbidden): "
	for text, want := range map[string][3]string{
		forbidden + `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"`: {
			"kubectl auth can-i list pods --as jane --namespace default",
			"kubectl create role list-pods --verb=list --resource=pods --namespace default",
			"kubectl create rolebinding list-pods --role=list-pods --user=jane --namespace default"},
		forbidden + `deployments.apps "shop" is forbidden: User "system:serviceaccount:ci:robot" cannot patch resource "deployments/scale" in API group "apps" in the namespace "shop": RBAC: not found`: {
			"kubectl auth can-i patch deployments.apps/shop --subresource=scale --as system:serviceaccount:ci:robot --namespace shop",
			"kubectl create role patch-deployments-scale --verb=patch --resource=deployments.apps/scale --resource-name=shop --namespace shop",
			"kubectl create rolebinding patch-deployments-scale --role=patch-deployments-scale --serviceaccount=ci:robot --namespace shop"},
		forbidden + `nodes is forbidden: User "it's me" cannot list resource "nodes" in API group "" at the cluster scope`: {
			`kubectl auth can-i list nodes --as 'it'\''s me'`,
			"kubectl create clusterrole list-nodes --verb=list --resource=nodes", `kubectl create clusterrolebinding list-nodes --clusterrole=list-nodes --user='it'\''s me'`},
		forbidden + `forbidden: User "jane" cannot get path "/metrics"`: {
			"kubectl auth can-i get /metrics --as jane",
			"kubectl create clusterrole get-access --verb=get --non-resource-url=/metrics", "kubectl create clusterrolebinding get-access --clusterrole=get-access --user=jane"},
	} {
		d, ok := FromText(text)
		if !ok || d.Cause != finding.AuthorizationDenied || len(d.Findings[0].Remedy) != 3 {
			t.Errorf("%s:\n%+v", text, d)
			continue
		}
		for i, r := range d.Findings[0].Remedy {
			if r.Command.String() != want[i] {
				t.Errorf("%s:\n%s\n%s", text, r.Command, want[i])
			}
		}
	}
	for _, text := range []string{
		`pods is forbidden: User "\u001b[2J" cannot list resource "pods" in API group "" in the namespace "default"`,
		`pods is forbidden: User "--all" cannot list resource "pods" in API group "" in the namespace "default"`,
		`pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "$(id)"`,
		`pods is forbidden: User "jane" cannot list`,
	} {
		if d, ok := FromText(text); !ok || d.Findings[0].Remedy[0].Command.String() != "" {
			t.Errorf("%s: a command is made of it: %+v", text, d)
		}
	}
}

// Other services' words are not explained in the sources of Kubernetes.
func TestServicesHaveTheirReferences(t *testing.T) {
	for _, c := range pastedtest.Errors {
		d, ok := FromText(c.Text)
		if !ok {
			continue
		}
		for _, said := range []string{"AWS STS", "Microsoft Entra ID", "Google STS", "Vault"} {
			if f := d.Findings[0]; strings.HasPrefix(f.Detail.String(), said+" says") && strings.Contains(f.Reference, "k8s.io") {
				t.Errorf("%s: %s", c.Name, f.Reference)
			}
		}
	}
}

// A ServiceAccount that the text names stands in what to do; what it does not name is left open.
func TestRemediesHaveTheServiceAccount(t *testing.T) {
	const bound = `Could not retrieve bound pod ci/web for service account ci/robot: pods "web" not found`
	for text, want := range map[string]string{
		bound: "kubectl authn mint robot --namespace ci",
		bound + "\n" + strings.ReplaceAll(bound, "ci/robot", "ci/other"): "kubectl create token NAME --namespace NAMESPACE",
	} {
		d, ok := FromText(text)
		if !ok || !strings.Contains(d.Findings[0].Remedy[0].Description.String(), want) {
			t.Errorf("%s: %+v", text, d)
		}
	}
}

// What stands in a log as a text is the same text, of which the names are known.
func TestNamesOfLogs(t *testing.T) {
	for _, c := range []struct {
		name Name
		want []finding.Name
	}{
		{Name{Account, "shop/robot"}, []finding.Name{finding.Namespace.Of("shop"), finding.ServiceAccount.Of("robot")}},
		{Name{Account, "robot"}, []finding.Name{finding.ServiceAccount.Of("robot")}},
		{Name{"issuer", "https://idp.example/a"}, []finding.Name{finding.Issuer.Of("https://idp.example/a")}},
		{Name{Request, "get /api/v1/pods"}, []finding.Name{finding.URL.Of("/api/v1/pods")}},
		{Name{Request, "/api"}, []finding.Name{finding.URL.Of("/api")}},
		{Name{"CA", strings.Repeat("ca", 150)}, []finding.Name{finding.Authority.Of(strings.Repeat("ca", 150))}},
		{Name{UserAgent, "curl/7.88.1"}, []finding.Name{finding.Program.Of("curl/7.88.1")}},
	} {
		if got := c.name.Text(); got.String() != c.name.Value || !slices.Equal(got.Names(), c.want) {
			t.Errorf("%+v is %q, with the names %v", c.name, got, got.Names())
		}
	}
	for key, what := range whatOf {
		if kinds[what] == "" && what != "algorithm" {
			t.Errorf("%s, %s, is of no kind", key, what)
		}
	}
}

// The first fix is for the program and the credential of the text.
func TestFirstFixSuitsTheText(t *testing.T) {
	for name, c := range map[string]struct {
		text, title, detail, fix string
	}{
		"names of a certificate are not the client's": {
			`Error: Get "https://prod.example.com:6443/api?timeout=32s": tls: failed to verify certificate: x509: certificate is valid for kubernetes, kubernetes.default, 10.96.0.1, not prod.example.com`,
			"", "the connection failed before any authentication", "Use one of the names in the certificate"},
		"wrapped": {
			"E1130 10:02:17.332011   88231 memcache.go:265] \"Unhandled Error\" err=\"couldn't \nget current server API group list: Get \\\"https://prod.example.com:6443/api?time\nout=32s\\\": tls: failed to verify certificate: x509: certificate is valid for kub\nernetes, kubernetes.default, 10.96.0.1, 10.0.0.10, not prod.example.com\"",
			"", "the connection failed before any authentication", "Use one of the names in the certificate"},
		"a Pod asks for the name of the Service": {
			`Get "https://kubernetes.default.svc/api": tls: failed to verify certificate: x509: certificate is valid for api.lab.example, not kubernetes.default.svc`,
			"", "", "The program runs in a Pod"},
		"Terraform without a kubeconfig": {
			"│ Error: Kubernetes cluster unreachable: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable\n│\n│   with helm_release.ingress,\n│   on main.tf line 42",
			"", "the Terraform provider found no usable kubeconfig", "In Terraform, set "},
		"an audience of an OIDC token": {
			`"Unable to authenticate the request" err="[invalid bearer token, oidc: verify token: oidc: expected audience \"kubernetes\" got [\"account\"]]"`,
			"", "", "If the token is an access token, send the ID token instead"},
		"the webhook's log explains the 401": {
			"error: You must be logged in to the server (Unauthorized)\ntime=\"2026-11-30T09:00:01Z\" level=warning msg=\"access denied\" error=\"ARN is not mapped\" path=/authenticate",
			"the AWS identity is not mapped", "aws-iam-authenticator reported: ARN is not mapped", "As an administrator of the cluster"},
		"the kubelet's log explains the 401": {
			"Nov 30 06:00:01 n7 kubelet[812]: E1130 06:00:01.3 812 kubelet_node_status.go:96] \"Unable to register node with API server\" err=\"Unauthorized\"\n" +
				"Nov 30 06:00:02 n7 kubelet[812]: E1130 06:00:02.0 812 bootstrap.go:266] part of the existing bootstrap client certificate in /var/lib/kubelet/kubeconfig is expired: 2026-11-29 11:00:00 +0000 UTC\n" +
				"Nov 30 06:00:02 n7 kubelet[812]: E1130 06:00:02.9 812 run.go:74] \"command failed\" err=\"failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory\"",
			"the kubelet's client certificate has expired", "the kubelet reported: part of", "Check the node's clock first"},
		"a name that does not resolve": {
			"Unable to connect to the server: dial tcp: lookup abc.eks.example on 192.0.2.53:53: no such host", "", "", "The name of the server cannot be resolved"},
		"no listener": {
			"The connection to the server 192.0.2.10:6443 was refused - did you specify the right host or port?", "", "", "Nothing listens at the address and port"},
		"no connection":         {"Unable to connect to the server: dial tcp 192.0.2.10:443: i/o timeout", "", "", "The client's machine gets no connection"},
		"no handshake":          {"Unable to connect to the server: net/http: TLS handshake timeout", "", "", "did not finish the TLS handshake"},
		"no way that is known":  {"Unable to connect to the server: something that nobody has seen", "", "", "Check the address"},
		"a token of Entra v1.0": {`"Unable to authenticate the request" err="[invalid bearer token, oidc: verify token: oidc: id token issued by a different provider, expected \"https://login.microsoftonline.com/t/v2.0\" got \"https://sts.windows.net/t/\"]"`, "", "", "version 2.0 of Microsoft Entra ID"},
		"another OIDC issuer":   {`"Unable to authenticate the request" err="[invalid bearer token, oidc: verify token: oidc: id token issued by a different provider, expected \"https://a.example\" got \"https://a.example/\"]"`, "", "", "a slash at the end counts"},
		"no ServiceAccount to request a token for": {
			`error: failed to create token: serviceaccounts "deployer" not found`, "the ServiceAccount does not exist", "", "Check the name and the namespace"},
		"the kubelet rejects the API server": {
			"error: You must be logged in to the server (the server has asked for the client to provide credentials ( pods/log web-1))",
			"the kubelet rejects the request", "the API server accepts the credential of the client. The kubelet rejected the credential of the API server", "Read the kubelet's log on the node. Without such a line,"},
		"the kubelet's log about its clients": {
			`Jan 02 03:04:05 n7 kubelet[812]: E0102 03:04:05.6 812 server.go:310] "Unable to authenticate the request due to an error" err="verifying certificate SN=7, SKID=, AKID=50:7F failed: x509: certificate signed by unknown authority"`,
			"the kubelet rejects the request", "the kubelet rejected the client certificate of the API server or of another client", "check on a control-plane node the certificate"},
	} {
		d, ok := FromText(c.text)
		if !ok {
			t.Errorf("%s: nothing is recognized", name)
			continue
		}
		f := d.Findings[0]
		if !strings.Contains(f.Title.String(), c.title) || !strings.HasPrefix(f.Detail.String(), c.detail) || !strings.Contains(f.Remedy[0].Description.String(), c.fix) {
			t.Errorf("%s: %s\n%s\n%s", name, f.Title, f.Detail, f.Remedy[0].Description)
		}
	}
}

// A message ends before the quotation mark of its line, and before the next line of a CI job.
func TestMessageEnds(t *testing.T) {
	for text, want := range map[string]string{
		`E1130 06:00:02.9 812 run.go:74] "command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /x: no such file or directory"`:                                 "unable to load bootstrap kubeconfig: stat /x: no such file or directory",
		"[Pipeline] sh\nError from server (Forbidden): pods is forbidden: User \"jane\" cannot list resource \"pods\" in API group \"\" in the namespace \"prod\"\nscript returned exit code 1": `pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "prod"`,
	} {
		d, ok := FromText(text)
		if !ok || d.Findings[0].Evidence[0].Value.String() != want {
			t.Errorf("%s:\n%+v", text, d)
		}
	}
}

// An object that does not exist is no rejection of a credential.
func TestMissingServiceAccountIsNoRejection(t *testing.T) {
	for text, want := range map[string]diagnose.Verdict{
		`error: failed to create token: serviceaccounts "deployer" not found`:                                              diagnose.Undecided,
		`Error from server (NotFound): serviceaccounts "deployer" not found`:                                               diagnose.Undecided,
		`MountVolume.SetUp failed for volume "kube-api-access-x" : failed to fetch token: serviceaccounts "web" not found`: diagnose.Undecided,
		`"Unable to authenticate the request" err="[invalid bearer token, serviceaccounts \"deployer\" not found]"`:        diagnose.Rejected,
	} {
		if d, ok := FromText(text); !ok || d.Verdict != want || d.Cause != finding.ServiceAccountDeleted {
			t.Errorf("%s: %+v, want %s", text, d, want)
		}
	}
}
