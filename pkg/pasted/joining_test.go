package pasted

import (
	"strings"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/pasted/pastedtest"
)

// The headline names what failed, and no credential of a user was judged.
func TestJoining(t *testing.T) {
	for _, c := range pastedtest.Joining {
		d, ok := FromText(c.Text)
		if !ok {
			t.Errorf("%s is not known", c.Name)
			continue
		}
		if title := d.Findings[0].Title; !strings.Contains(title.String(), c.Name) {
			t.Errorf("the title of %s does not contain %q: %s", c.Text, c.Name, title)
		}
		if d.Verdict != diagnose.Undecided {
			t.Errorf("the verdict is %s, although the text has no API server's judgement of a user's credential: %s", d.Verdict, c.Text)
		}
	}
}

// Words of other programs that resemble these messages.
func TestNeighboursOfJoining(t *testing.T) {
	for _, text := range []string{
		`error: unknown flag: --authentication`,
		`error: no matches for kind "Widget" in version "shop.example/v1"`,
		`level=error msg="access denied" user=jane path=/admin`,
		`level=error msg="auth server started at 2025-12-31T00:00:00Z"`,
		`ERROR: password rejected for user jane`,
		`level=info msg="node password verified"`,
		`Error: service-account is a required flag`,
		`the public keys are pinned`,
		`cannot create certificate: disk full`,
		`invalid configuration: jwt[0] is empty`,
		`mapper: Role not found`,
		`kubeadm-certs was renewed`,
		`Connection failed. Invalid token (403).`,
		`proxy error from 192.0.2.1:3128 while dialing, code 503`,
		`Internal Server Error: "/orders/7": Unauthorized access`,
		`https://shop.example/v1-orders/list: 403 Forbidden`,
		`https://shop.example/v1-orders/bootstrap: 500 Internal Server Error`,
		`level=error msg="Failed to authenticate request: invalid username/password combination"`,
		`ERROR: invalid username/password combination for user jane`,
		`discovery.service.port: Invalid value: "x": must be a number`,
		`level=error msg="websocket: bad handshake" url="wss://chat.example/socket"`,
		`error: could not verify the identity of the caller`,
		`openai.AuthenticationError: Incorrect API key provided`,
		`Error redeeming code GIFT-7: the voucher has expired`,
		`type=LOGIN_OK, realmId=lab, clientId=shelf`,
		`type=ORDER_ERROR, realmId=lab, error=invalid_token`,
		`ldap: connection reset by the directory`,
		`Invalid client (7)`,
		`could not find a healthy shop pod (0 candidates)`,
		`the cart cannot be claimed by customer "jane"`,
		`the hostname (shop.example) does not resolve`,
		`bootstrap returned status code 403`,
		`failed to refresh token`,
		`unexpected response status: 401 Unauthorized of the shop`,
		`"command failed" err="--etcd-servers must be specified"`,
		`"command failed" err="open /var/log/audit/policy.yaml: no such file or directory"`,
		`open /etc/shop/tokens.csv: no such file or directory`,
		`Error: unknown flag: --services`,
		`Error: invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax`,
		`Error: invalid argument "Shop=true" for "--feature-gates" flag: unrecognized feature gate: Shop`,
		`"failed to validate config" err="order[0].url: Invalid value"`,
		`Could not construct pre-rendered responses for the shop`,
		`oidc: authenticator for the shop is not initialized`,
		`the certificate request was not signed by the notary`,
		`the order was not signed: timed out waiting for the customer`,
		`server returned HTTP status 403 Forbidden`,
		`Get "https://shop.lab.example/metrics": server returned HTTP status 403 Forbidden`,
		`HTTP probe failed with statuscode: 503`,
		`Liveness probe failed: Get "http://192.0.2.20:8080/": dial tcp: connection refused`,
		`426 Upgrade Required`,
		`an upgrade of the request is required`,
		`the shop is inaccessible, please check the network`,
		`cluster(n7) is inaccessible`,
		`Error looking up token`,
		`Error looking up token: 404`,
		`Please run 'az webapp log tail'`,
		`the audience in the hall does not match the expected audience`,
	} {
		if got := causeOf(text); got != "" {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestDiscoveryNeighbours: a client that asks only for the group it needs gets the same message for a group of
// kube-apiserver, whose 401 is about the client's credential.
func TestDiscoveryNeighbours(t *testing.T) {
	for _, text := range []string{
		`couldn't get resource list for rbac.authorization.k8s.io/v1: Unauthorized`,
		`couldn't get resource list for apps/v1: Unauthorized`,
		`failed to get API group resources: unable to retrieve the complete list of server APIs: shop.example/v1: Unauthorized`,
		`failed to get API group resources: unable to retrieve the complete list of server APIs: batch/v1: the server has asked for the client to provide credentials`,
		`failed to list *v1.Node: Unauthorized`,
	} {
		if d, ok := FromText(text); !ok || d.Cause != finding.CredentialRejected || d.Verdict != diagnose.Rejected {
			t.Errorf("not a rejection by the API server but %+v: %s", d, text)
		}
	}
}

// TestAnswersOfOtherServers: a 401 in the form of another web framework names no API server.
func TestAnswersOfOtherServers(t *testing.T) {
	for _, text := range []string{
		`{"timestamp":"2026-01-02T03:04:05.000+00:00","status":401,"error":"Unauthorized","path":"/shelf/7"}`,
		`{"statusCode":401,"message":"Unauthorized"}`,
		`{"message":"Unauthorized","statusCode":401}`,
		`{"statusCode": 401, "error": "Unauthorized", "message": "Missing authentication"}`,
		`Error response from daemon: login attempt to https://images.example/v2/ failed with status: 401 Unauthorized`,
	} {
		if d, ok := FromText(text); ok && d.Verdict != diagnose.Undecided {
			t.Errorf("%s: %s", d.Verdict, text)
		}
	}
}

// TestAsksAboutTokens: a program other than kubectl that asks about a token does not use the reader's kubeconfig.
func TestAsksAboutTokens(t *testing.T) {
	for _, text := range []string{
		`{"errors":["Post \"https://api.lab.example:443/apis/authentication.k8s.io/v1/tokenreviews\": x509: certificate signed by unknown authority"]}`,
		`[ERROR] auth.kubernetes: login unauthorized due to: Post "https://api.lab.example:6443/apis/authentication.k8s.io/v1/tokenreviews": x509: certificate signed by unknown authority`,
	} {
		d, ok := FromText(text)
		if !ok || d.Cause != finding.ServerCertificateUntrusted {
			t.Errorf("not the API server's certificate but %+v: %s", d, text)
			continue
		}
		for _, s := range d.Findings[0].Remedy {
			if strings.Contains(s.Description.String(), "set-cluster") {
				t.Errorf("the fix changes the kubeconfig: %s", text)
			}
		}
	}
	if got := causeOf(`error="Error making API request.`); got != "" {
		t.Errorf("the beginning of a message of Vault: %s", got)
	}
}
