package version

import (
	"strings"
	"testing"
)

// Whatever the build says, there is a version that fits into a header.
func TestGet(t *testing.T) {
	info := Get()
	if info.Version == "" || !strings.HasPrefix(info.Go, "go") {
		t.Errorf("%+v", info)
	}
	if short := Short(); short == "" || strings.ContainsAny(short, "() \n") {
		t.Errorf("%q", short)
	}
}
