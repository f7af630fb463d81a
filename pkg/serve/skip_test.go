package serve

import "testing"

func TestSkips(t *testing.T) {
	for _, c := range []struct {
		prefix, path string
		want         bool
	}{
		{"/public", "/public", true},
		{"/public", "/public/", true},
		{"/public", "/public/logo.png", true},
		{"/public", "/public?next=/admin", true},
		{"/public", "/public?next=../admin", true},
		{"/public", "/%70ublic", true},
		{"/public", "/public/./logo.png", true},
		{"/public/", "/public/logo.png", true},
		{"/", "/anything", true},
		{"/a/b", "/a/b/c", true},
		{"/public", "/publications", false},
		{"/public", "/public.", false},
		{"/public", "/Public", false},
		{"/public", "/", false},
		{"/public", "", false},
		{"/public", "public", false},
		{"/public", "*", false},
		{"/public", "http://other/public", false},
		{"/public", "/admin?/public", false},
		{"/a/b", "/a", false},
		{"/a/b", "/a/bc", false},
		// A path that two programs may read differently.
		{"/public", "/public/../admin", false},
		{"/public", "/public/..", false},
		{"/public", "/public/..;/admin", false},
		{"/public", "/public/;/admin", false},
		{"/public", "/public//admin", false},
		{"/public", "//public", false},
		{"/public", "/public/%2e%2e/admin", false},
		{"/public", "/public/%2E/admin", false},
		{"/public", "/public/.%2e/admin", false},
		{"/public", "/public%2fadmin", false},
		{"/public", "/public%2Fadmin", false},
		{"/public", "/public%5cadmin", false},
		{"/public", "/public%5Cadmin", false},
		{"/public", `/public\admin`, false},
		{"/public", "/public/%252e%252e/admin", false},
		{"/public", "/public/%00", false},
		{"/public", "/public/%0a", false},
		{"/public", "/public/%zz", false},
		{"/public", "/public/%", false},
		{"/public", "/public#/../admin", false},
		{"/public", "/public#", false},
		{"/public", "/public/\xff", false},
		{"/public", "/public/%ff", false},
	} {
		if got := skips([]string{"/other", c.prefix}, c.path); got != c.want {
			t.Errorf("prefix %q, path %q: got %v, want %v", c.prefix, c.path, got, c.want)
		}
	}
	if skips(nil, "/public") {
		t.Error("a path is skipped without a prefix")
	}
}
