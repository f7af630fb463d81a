package manifest

import (
	"fmt"
	"strings"
	"testing"
)

// Variables that grow without limit end as a fault, not in memory.
func TestVariablesThatGrow(t *testing.T) {
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver, --service-account-issuer=$(V20)]\n    env:\n    - {name: V0, value: aaaaaaaaaa}\n"
	for i := range 20 {
		pod += fmt.Sprintf("    - {name: V%d, value: \"%s\"}\n", i+1, strings.Repeat(fmt.Sprintf("$(V%d)", i), 10))
	}
	unit := "[Service]\nEnvironment=A=" + strings.Repeat("a", 1000) + "\nExecStart=/usr/bin/kube-apiserver --service-account-issuer=x" + strings.Repeat(" $A", 10_000) + "\n"
	many := "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: kube-apiserver\n    command: [kube-apiserver" + strings.Repeat(", --service-account-issuer=$(V)", 100) + "]\n    env:\n    - {name: V, value: " + strings.Repeat("a", 100_000) + "}\n"
	for name, text := range map[string]string{"a Pod": pod, "a Pod with many arguments": many, "a unit": unit} {
		launch, err := Parse([]byte(text), Reader{Name: "file"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		size, faults := 0, len(launch.Faults)
		for _, a := range launch.Args {
			size += len(a.Text)
			faults += len(a.Unknown)
		}
		if size > 2*maxArguments || faults == 0 {
			t.Errorf("%s: %d bytes, %d faults", name, size, faults)
		}
	}
}
