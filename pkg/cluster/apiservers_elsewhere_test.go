package cluster

import (
	"net/url"
	"testing"
)

func TestListensElsewhere(t *testing.T) {
	line := []string{"kube-apiserver", "--advertise-address=192.0.2.1", "--secure-port", "6443"}
	for asked, want := range map[string]bool{
		"https://192.0.2.1:6443":        false,
		"https://192.0.2.1:8443":        true,
		"https://192.0.2.1":             true,
		"https://balancer.example:8443": false, // its address does not identify the server behind it
	} {
		u, err := url.Parse(asked)
		if err != nil {
			t.Fatal(err)
		}
		if got := listensElsewhere(line, u); !got.IsZero() != want {
			t.Errorf("of %s it says %q", asked, got)
		}
		if got := listensElsewhere([]string{"kube-apiserver"}, u); !got.IsZero() {
			t.Errorf("without flags it says %q", got)
		}
	}
}
