package checks

import (
	"errors"
	"testing"

	"github.com/kubectl-authn/kubectl-authn/pkg/credential"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The detail of an encoding names the file in which it was found.
func TestEncodedToken(t *testing.T) {
	c := &credential.Credential{Source: T("standard input")}
	for want, f := range map[string]credential.Fault{
		"standard input is encoded as UTF-8 with a byte order mark. A client that reads the token from the file sends the mark too, and the API server answers invalid bearer token":                                                    {Problem: credential.ByteOrderMark, Encoding: "UTF-8 with a byte order mark"},
		"standard input is encoded as UTF-16 (little-endian), the encoding of `>` in Windows PowerShell. A client that reads the token from the file cannot send the zero bytes in a header (Go: net/http: invalid header field value)": {Encoding: "UTF-16 (little-endian)"},
	} {
		f.ID = finding.TokenFileEncoding
		if got := FromFault(c, f); got.Detail.String() != want {
			t.Errorf("%q", got.Detail)
		}
	}
}

// Several faults of one kubeconfig are one finding, which mentions each fault once.
func TestFaultsOfOneKubeconfig(t *testing.T) {
	of := func(problem credential.Problem, text string) credential.Fault {
		return credential.Fault{ID: finding.KubeconfigInvalid, Problem: problem, User: "jane", Cluster: "prod", Err: errors.New(text)}
	}
	f := of(credential.TwoKeys, "a")
	f.Also = []credential.Fault{of(credential.ServerMissing, "b"), of(credential.TwoKeys, "c"), of(credential.ServerMissing, "b")}
	got := FromFault(&credential.Credential{}, f)
	if want := `the user "jane" has both client-key and client-key-data. The cluster "prod" in the kubeconfig has no server`; got.Detail.String() != want || len(got.Evidence) != 2 || len(got.Remedy) != 1 {
		t.Errorf("%+v", got)
	}
	if want := []finding.Name{{Kind: finding.User, Value: "jane"}, {Kind: finding.Cluster, Value: "prod"}}; len(got.Detail.Names()) != 2 || got.Detail.Names()[0] != want[0] || got.Detail.Names()[1] != want[1] {
		t.Errorf("its names are %v", got.Detail.Names())
	}
}
