package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"testing"
)

// TestRelease checks that the API server is of the requested release, and that the report names it.
func TestRelease(t *testing.T) {
	state, err := runner.Lab.Read("lab.json")
	if err != nil {
		t.Fatal(err)
	}
	var lab struct{ Kubernetes string }
	if err := json.Unmarshal([]byte(state), &lab); err != nil {
		t.Fatal(err)
	}
	if otherKubernetes != "" && lab.Kubernetes != otherKubernetes {
		t.Errorf("the lab runs %s, not %s", lab.Kubernetes, otherKubernetes)
	}
	explain := exec.Command(runner.Plugin, "explain", "-o", "json")
	explain.Env = append(os.Environ(), "KUBECONFIG="+runner.Lab.Path("kubeconfig"))
	out, err := explain.Output()
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Server struct{ Version string } }
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	if said.Server.Version != lab.Kubernetes || lab.Kubernetes == "" {
		t.Errorf("the server is said to be of %q, the lab runs %q", said.Server.Version, lab.Kubernetes)
	}
}
