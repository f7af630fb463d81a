package main

import (
	"errors"
	"strings"
	"testing"
)

func TestFindRelease(t *testing.T) {
	own, err := findRelease("")
	if err != nil || len(own.first) != 1 || !own.atLeast(oldest) || own.atLeast(1000) {
		t.Errorf("the lab's own release: %+v, %v", own, err)
	}
	for _, wrong := range []string{"1.30.14", "v1.30", "v2.30.1", "v1.x.1", "v1.29.1", "v1.30.14/../x"} {
		_, err := findRelease(wrong)
		var usage usageError
		if !errors.As(err, &usage) {
			t.Errorf("%q: %v, want a usage error", wrong, err)
		}
	}
	if _, err := findRelease("v1.30.999"); err == nil || !strings.Contains(err.Error(), "make bin/kube-apiserver-v1.30.999") {
		t.Errorf("a release that is not built: %v", err)
	}
}

func TestAuthenticationConfigVersion(t *testing.T) {
	for minor, want := range map[int]string{30: "v1beta1", 33: "v1beta1", 34: "v1", 36: "v1"} {
		if got := (release{minor: minor}).authenticationConfigVersion(); got != "apiserver.config.k8s.io/"+want {
			t.Errorf("1.%d reads %s, want %s", minor, got, want)
		}
	}
}
