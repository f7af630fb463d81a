package version

import (
	"strings"
	"testing"
)

// The version fits into a header for any build information.
func TestGet(t *testing.T) {
	info := Get()
	if info.Version == "" || !strings.HasPrefix(info.Go, "go") {
		t.Errorf("%+v", info)
	}
	if short := Short(); short == "" || strings.ContainsAny(short, "() \n") {
		t.Errorf("%q", short)
	}
}
