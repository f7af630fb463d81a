package cmd

import "testing"

func TestCommandsSpeakToTheClusterThatWasAsked(t *testing.T) {
	for command, want := range map[string]string{
		"kubectl authn explain -f t":                                  "kubectl authn explain -f t --context c",
		"kubectl get pods":                                            "kubectl --context c get pods",
		"kubectl exec p -- cat f | kubectl authn explain -":           "kubectl --context c exec p -- cat f | kubectl authn explain - --context c",
		"kubectl -n kube-system logs -l a=b --since=10m | grep 'a b'": "kubectl -n kube-system logs -l a=b --since=10m | grep 'a b'",
		// The manifest of a right, which the caller could not give.
		"printf %s '\nkind: List\n' | kubectl apply -f -":                                     "printf %s '\nkind: List\n' | kubectl apply -f -",
		`kubectl config set-credentials u --token="$(kubectl config view --raw | tr -d ' ')"`: `kubectl --context c config set-credentials u --token="$(kubectl --context c config view --raw | tr -d ' ')"`,
		"timedatectl": "timedatectl",
		"":            "",
	} {
		if got := withFlags(command, "--context c"); got != want {
			t.Errorf("%s\n got %s\nwant %s", command, got, want)
		}
	}
}
