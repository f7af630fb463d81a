package pasted

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// causeOf returns the cause of a text, or "" if nothing is recognized.
func causeOf(text string) finding.ID {
	if d, ok := FromText(text); ok {
		return d.Cause
	}
	return ""
}

// swaps change names, hosts, addresses, times and loggers, which no rule may depend on.
var swaps = []*strings.Replacer{
	strings.NewReplacer("192.0.2.", "198.51.100.", "203.0.113.", "172.19.4.", "127.0.0.1", "10.1.2.3", "lab.example", "prod.invalid", "gateway.example", "edge.invalid"),
	strings.NewReplacer("web/api-0/main", "shop/cart-5/app", "checker.policy", "guard.admission", "n7", "worker-11", "things", "widgets", "Thing", "Widget", "jane", "maria"),
	strings.NewReplacer("0102 03:04:05.6", "1231 23:59:59.000001", "2026-01-02T03:04:05Z", "2031-07-08T09:10:11Z", "2025-12-31T00:00:00Z", "2030-01-01T00:00:00Z", "timeout=5s", "timeout=30s"),
	strings.NewReplacer("oidc.go:335", "jwt.go:12", "scraper.go:140", "scrape.go:9", "clientconn.go:1331", "picker.go:4", "log.go:245", "logs.go:49", "authentication.go:296", "authentication.go:410", "requestheader_controller.go:204", "requestheader.go:1"),
	strings.NewReplacer(":8443/check", ":443/check", ":443/convert", ":9443/convert", "images.", "registry.", "git.", "code."),
	strings.NewReplacer("n7", "edge-3", "812", "7", "a.yaml", "b.yaml", "0a1b", "ffee", "extra.crt", "ca.crt", "jane", "maria", "000000000000", "123123123123"),
}

// The cause follows from the messages, and not from names, addresses, times and loggers around them.
func TestNamesDecideNothing(t *testing.T) {
	for _, c := range pastedtest.Errors {
		for i, swap := range swaps {
			if text := swap.Replace(c.Text); causeOf(text) != c.Cause {
				t.Errorf("%s: after swap %d the cause is %q, want %q: %s", c.Name, i, causeOf(text), c.Cause, text)
			}
		}
	}
}

// Other lines around a message about a component change nothing.
func TestComponentBesideOtherLines(t *testing.T) {
	for _, c := range pastedtest.Components {
		unrelated := "I0102 03:04:05.6 1 shared_informer.go:318] Caches are synced for web"
		for _, text := range []string{unrelated + "\n" + c.Text, c.Text + "\n" + unrelated, "  " + c.Text + "\r\n"} {
			if got := causeOf(text); got != c.Cause {
				t.Errorf("%s: beside another line the cause is %q, want %q", c.Name, got, c.Cause)
			}
		}
	}
}

// Connections of other programs have nothing to do with the cluster, and the same words about
// the API server keep its findings.
func TestNeighboursOfComponents(t *testing.T) {
	const (
		unknown = "x509: certificate signed by unknown authority"
		refused = "connect: connection refused"
	)
	for text, want := range map[string]finding.ID{
		`level=error msg="no database" err="dial tcp 192.0.2.40:5432: ` + refused + `"`:                                                                                     "",
		`ERROR [queue] cannot connect: dial tcp 192.0.2.41:5672: i/o timeout`:                                                                                               "",
		`Get "https://shop.lab.example/cart": dial tcp: lookup shop.lab.example on 192.0.2.53:53: no such host`:                                                             "",
		`Failed to pull image "images.lab.example/web:2": dial tcp 192.0.2.42:443: i/o timeout`:                                                                             "",
		`dial tcp 192.0.2.20:6443: ` + refused:                                                                                                                              finding.APIServerUnreachable,
		`Get "https://192.0.2.20:6443/api/v1/nodes/n7/proxy/stats/summary": ` + unknown:                                                                                     finding.ServerCertificateUntrusted,
		`Get "https://rancher.lab.example/k8s/clusters/c-1/api/v1/namespaces": ` + unknown:                                                                                  finding.ServerCertificateUntrusted,
		`Get "https://192.0.2.20:6443/api?timeout=32s": ` + unknown:                                                                                                         finding.ServerCertificateUntrusted,
		`Get "https://192.0.2.20/version?timeout=32s": ` + unknown:                                                                                                          finding.ServerCertificateUntrusted,
		`Get "https://gitlab.lab.example/api/v4/projects": ` + unknown:                                                                                                      finding.OtherServerCertificateRejected,
		`Get "https://grafana.lab.example/api/v1/provisioning": ` + unknown:                                                                                                 finding.OtherServerCertificateRejected,
		`Unable to connect to the server: ` + unknown:                                                                                                                       finding.ServerCertificateUntrusted,
		`Unable to connect to the server: ` + unknown + `. The nodes have kubelets at :10250 and etcd at :2379`:                                                             finding.ServerCertificateUntrusted,
		`Unable to connect to the server: getting credentials: oidc discovery: ` + unknown:                                                                                  finding.IssuerCertificateRejected,
		`E0102 1 authentication.go:73] "Unable to authenticate the request" err="[x509: ` + strings.TrimPrefix(unknown, "x509: ") + `, service account token has expired]"`: finding.TokenExpired,
		unknown: finding.ServerCertificateUntrusted,
	} {
		if got := causeOf(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// A text about several components is about the one in the line of the message.
func TestComponentIsThatOfTheLine(t *testing.T) {
	const kubeletLine = `Error from server: error dialing backend: remote error: tls: internal error`
	for _, other := range []string{
		`I0102 03:04:05.6 1 controller.go:7] pulled image from https://images.lab.example/v2/web`,
		`I0102 03:04:05.6 1 wrap.go:7] POST https://checker.policy.svc:443/check?timeout=5s 200`,
	} {
		for _, text := range []string{other + "\n" + kubeletLine, kubeletLine + "\n" + other} {
			if got := causeOf(text); got != finding.KubeletServingCertificateMissing {
				t.Errorf("%s: %q", text, got)
			}
		}
	}
}

// The fixes for a component never touch the kubeconfig of the reader, and grant nothing to names
// that everybody's requests have.
func TestComponentsHaveTheirOwnFixes(t *testing.T) {
	own := map[string]string{
		"kubelet, own CA": "kubectl certificate approve NAME", "kubelet, no certificate": "kubectl get csr", "front proxy, its CA": "extension-apiserver-authentication",
		"admission webhook": "kubectl get validatingwebhookconfigurations", "etcd": "kubeadm certs check-expiration", "aggregated API": "kubectl get apiservices",
		"issuer": "--oidc-ca-file", "issuer, asked by a login program": "--certificate-authority=FILE", "registry": "/etc/containerd/certs.d",
		"front proxy, its name": "--requestheader-allowed-names", "anonymous at an aggregated API": "kubectl auth whoami", "a client at the server's log": "192.0.2.30",
	}
	for _, c := range pastedtest.Components {
		d, ok := FromText(c.Text)
		entry, known := finding.Lookup(c.Cause)
		if !ok || !known || entry.Group != "Other components of the cluster" {
			continue
		}
		var all strings.Builder
		for _, r := range d.Findings[0].Remedy {
			all.WriteString(r.Description.String() + "\n" + r.Command.String() + "\n")
		}
		for _, never := range []string{"config set-cluster", "tls-server-name", "init phase certs apiserver", "insecure", "admin.conf", "create role", "create clusterrole", "kubectl authn explain\n"} {
			if strings.Contains(all.String(), never) {
				t.Errorf("%s: the fix has %q:\n%s", c.Name, never, &all)
			}
		}
		if want := own[c.Name]; !strings.Contains(all.String(), want) {
			t.Errorf("%s: the fix lacks %q:\n%s", c.Name, want, &all)
		}
		delete(own, c.Name)
	}
	for name := range own {
		t.Errorf("no case %q", name)
	}
}

// The advice about a rejected credential is for the program that sent it.
func TestAdviceIsForTheHolder(t *testing.T) {
	for text, want := range map[string]string{
		`Error from server (Unauthorized): Unauthorized`: "kubectl authn explain",
		`E0102 03:04:05.6 812 kubelet_node_status.go:94] "Unable to register node with API server" err="Unauthorized" node="n7"`:                                 "kubectl authn explain --kubeconfig /etc/kubernetes/kubelet.conf",
		`Jan 02 n7 kubelet[812]: E0102 03:04:05.6 812 reflector.go:1] Failed to watch *v1.Node: failed to list *v1.Node: Unauthorized`:                           "kubectl authn explain --kubeconfig /etc/kubernetes/kubelet.conf",
		`plugin type="bridge-x" failed (add): error getting pod: Unauthorized`:                                                                                   "kubectl authn explain --kubeconfig FILE",
		`E0102 03:04:05.6 1 reflector.go:1] Failed to watch *v1.Thing: failed to list *v1.Thing: Unauthorized`:                                                   "kubectl authn explain pod/NAME --namespace NAMESPACE",
		`E0102 03:04:05.6 1 thing.go:7] reconcile: Unauthorized`:                                                                                                 "kubectl authn explain pod/NAME --namespace NAMESPACE",
		`E0102 03:04:05.6 1 leaderelection.go:1] error retrieving resource lock kube-system/kube-scheduler: Unauthorized`:                                        "kubectl authn explain --kubeconfig /etc/kubernetes/scheduler.conf",
		pastedtest.LogLine("[invalid bearer token, crypto/rsa: verification error]"):                                                                             "kubectl authn explain -f token.txt",
		"Error: Unauthorized\n\n  with kubernetes_secret.x,\n  on x.tf line 1":                                                                                   "kubectl authn explain -f token.txt",
		"error: You must be logged in to the server (the server has asked for the client to provide credentials (get applications.argoproj.io))":                 "kubectl authn explain",
		`Error from server (Forbidden): pods "jenkins-0" is forbidden: User "system:anonymous" cannot get resource "pods" in API group "" in the namespace "ci"`: "kubectl authn explain",
		"##[error] error: You must be logged in to the server (Unauthorized)":                                                                                    "kubectl authn explain --kubeconfig FILE",
		"##[error] error: Unauthorized": "kubectl authn explain --kubeconfig FILE",
	} {
		d, ok := FromText(text)
		if !ok || d.Findings[0].Remedy[0].Command.String() != want {
			t.Errorf("%s: want %q: %+v", text, want, d)
			continue
		}
		if strings.Contains(text, "Unable to authenticate") && slices.ContainsFunc(d.Findings[0].Remedy, func(r finding.Remedy) bool { return strings.Contains(r.Command.String(), "kube-apiserver") }) {
			t.Errorf("%s: the log is here, and the fix reads it again", text)
		}
	}
}

// Nothing is granted to a node, a bootstrap token, a front proxy or an API server by name.
func TestNothingIsGrantedToComponents(t *testing.T) {
	for user, want := range map[string]string{
		"system:node:n7":          "kubectl get pods --all-namespaces --field-selector spec.nodeName=n7",
		"system:bootstrap:abc123": "--clusterrole=system:node-bootstrapper --group=system:bootstrappers",
		"kube-apiserver":          "",
		"front-proxy-client":      "",
		"system:kube-scheduler":   "kubectl get clusterrolebinding system:kube-scheduler -o yaml",
	} {
		d, ok := FromText(`Error from server (Forbidden): secrets "x" is forbidden: User "` + user + `" cannot get resource "secrets" in API group "" in the namespace "web"`)
		if !ok || d.Cause != finding.AuthorizationDenied {
			t.Errorf("%s: %+v", user, d)
			continue
		}
		for _, r := range d.Findings[0].Remedy {
			if command := r.Command.String(); !strings.Contains(command, want) || strings.Contains(command, "--user") || strings.Contains(command, "create role") {
				t.Errorf("%s: %s", user, command)
			}
		}
	}
}

// A kubelet asks for permissions on nodes, which have no namespace.
func TestKubeletsPermissions(t *testing.T) {
	for user, want := range map[string]string{
		"apiserver-to-kubelet":              "kubectl create clusterrolebinding kube-apiserver-kubelet-api-admin --clusterrole=system:kubelet-api-admin --user=apiserver-to-kubelet",
		"system:serviceaccount:mon:scraper": "kubectl create clusterrole kubelet-metrics --verb=get --resource=nodes/metrics",
		"kube-apiserver":                    "",
	} {
		d, ok := FromText("Error from server (Forbidden): Forbidden (user=" + user + ", verb=get, resource=nodes, subresource=metrics)")
		if !ok || d.Findings[0].Remedy[0].Command.String() != want {
			t.Errorf("%s: %+v", user, d)
		}
	}
}

// Every component whose certificate only its own clients judge has a fix for them.
func TestComponentsHaveFixes(t *testing.T) {
	for c, id := range certificateFindings {
		if text := trust[c]; (id == finding.OtherServerCertificateRejected) == text.IsZero() {
			t.Errorf("%s: %q", c, text)
		}
	}
}

// A certificate that is not valid yet is a wrong clock's fault, and is not renewed.
func TestClockIsAtFault(t *testing.T) {
	const early = "x509: certificate has expired or is not yet valid: current time 2025-12-31T00:00:00Z is before 2026-01-02T03:04:05Z"
	for _, text := range []string{
		"Unable to connect to the server: " + early,
		"error dialing backend: " + early,
		early,
		`failed calling webhook "check.lab.example": failed to call webhook: Post "https://checker.policy.svc:8443/check?timeout=5s": ` + early,
		`etcdclient: dial 192.0.2.10:2379: ` + early,
		`Get "https://login.lab.example/oauth2/v1/keys": ` + early,
		`Failed to watch *v1.Thing: failed to list *v1.Thing: Get "https://192.0.2.20:6443/apis/lab.example/v1/things": ` + early,
		`GET https://192.0.2.20:6443/api/v1/pods: SSL certificate problem: certificate is not yet valid`,
	} {
		d, ok := FromText(text)
		if !ok || len(d.Findings[0].Remedy) != 2 || !strings.HasSuffix(d.Findings[0].Title.String(), "not valid yet") {
			t.Errorf("%s: %+v", text, d)
			continue
		}
		for _, r := range d.Findings[0].Remedy {
			if all := r.Description.String() + r.Command.String(); !strings.Contains(all, "clock") || strings.Contains(all, "renew") {
				t.Errorf("%s: %s", text, all)
			}
		}
	}
	for _, text := range []string{
		"Unable to connect to the server: " + strings.ReplaceAll(early, "is before", "is after"),
		"Unable to connect to the server: x509: certificate has expired or is not yet valid",
	} {
		if d, _ := FromText(text); strings.HasSuffix(d.Findings[0].Title.String(), "not valid yet") {
			t.Errorf("%s: %s", text, d.Findings[0].Title)
		}
	}
}

// Words of other programs that resemble the messages about aggregated APIs.
func TestNeighboursOfAggregatedAPIs(t *testing.T) {
	for text, want := range map[string]finding.ID{
		`bad status from https://shop.lab.example/cart: 500`:                                                                           "",
		`failing or missing response from https://203.0.113.9:443/apis/lab.example/v1: bad status from https://203.0.113.9:443/x: 404`: "",
		`unable to fetch metrics from shop: unauthorized dealer`:                                                                       "",
		`W0102 03:04:05.6 1 authentication.go:1] cluster doesn't provide client-ca-file in configmap/a in b, so it won't work.`:        "",
		`the subject with cn=shop is not allowed here`:                                                                                 "",
		`loading OpenAPI spec for "v1.lab.example" failed with: OpenAPI spec does not exist`:                                           "",
		`https://shop.lab.example/cacerts/list: 401 Unauthorized access`:                                                               "",
		`Error: 'dial tcp 203.0.113.9:80: connect: connection refused'` + "\nTrying to reach: 'http://203.0.113.9:80/'":                finding.OtherServerUnreachable,
		`Error from server (NotFound): the server could not find the requested resource`:                                               "",
		`conversion webhook for lab.example/v1, Kind=Thing failed: the server rejected our request for an unknown reason`:              "",
		`no valid subject specified for the mail`:                                                                                      "",
		`GET "https://shop.lab.example/cart": bad status code "401 Unauthorized"`:                                                      finding.CredentialRejected,
		`an error on the server ("shop is closed") has prevented the request from succeeding`:                                          "",
		`the server could not find the requested resource (get pods.metrics.k8s.io)`:                                                   "",
	} {
		if got := causeOf(text); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// A CA helps with neither an expired certificate nor another name.
func TestNoCAHelps(t *testing.T) {
	for fault, want := range map[string]string{
		"certificate has expired or is not yet valid: current time 2026-01-02T03:04:05Z is after 2025-12-31T00:00:00Z": "renew",
		"certificate is valid for things, not images.lab.example":                                                      "a name",
	} {
		for _, before := range []string{
			`Failed to pull image "images.lab.example/web:2": Head "https://images.lab.example/v2/web/manifests/2": x509: `,
			`Get "https://git.lab.example/team/app/info/refs?service=git-upload-pack": x509: `,
			`PUT https://vault.lab.example:8200/v1/auth/kubernetes/login: x509: `,
			`Get "https://gitlab.lab.example/api/v4/projects": x509: `,
			`connection error: desc = "transport: authentication handshake failed: x509: `,
		} {
			d, ok := FromText(before + fault)
			if !ok || d.Cause != finding.OtherServerCertificateRejected {
				t.Errorf("%s%s: %+v", before, fault, d)
				continue
			}
			if last := d.Findings[0].Remedy[len(d.Findings[0].Remedy)-1].Description.String(); !strings.Contains(last, want) || strings.Contains(last, "the CA of") {
				t.Errorf("%s%s: %s", before, fault, last)
			}
		}
	}
	for _, before := range []string{
		`failed calling webhook "check.lab.example": failed to call webhook: Post "https://checker.policy.svc:8443/check?timeout=5s": x509: `,
		`failing or missing response from https://203.0.113.9:443/apis/lab.example/v1: Get "https://203.0.113.9:443/apis/lab.example/v1": x509: `,
	} {
		d, ok := FromText(before + "certificate has expired or is not yet valid: current time 2026-01-02T03:04:05Z is after 2025-12-31T00:00:00Z")
		if !ok || !strings.HasPrefix(d.Findings[0].Remedy[0].Description.String(), "Renew the certificate") {
			t.Errorf("%s: %+v", before, d)
		}
	}
}
