package waiting

import "testing"

func TestText(t *testing.T) {
	b := &Board{}
	ctx := With(t.Context(), b)
	is := func(want string) {
		t.Helper()
		if got := b.Text(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	is("")
	plugin := For(ctx, "", "running the exec plugin aws")
	is("running the exec plugin aws")
	plugin()
	is("")
	whoami, version := For(ctx, "https://a:6443", "SelfSubjectReview"), For(ctx, "https://a:6443", "version")
	again := For(ctx, "https://a:6443", "SelfSubjectReview")
	is("asking https://a:6443: SelfSubjectReview, version")
	keys, review := For(ctx, "https://a:6443", "keys"), For(ctx, "https://a:6443", "TokenReview")
	is("asking https://a:6443: SelfSubjectReview, TokenReview, keys, 1 more")
	whoami()
	keys()
	review()
	is("asking https://a:6443: SelfSubjectReview, version")
	version()
	b1, c1 := For(ctx, "https://b:6443", "version"), For(ctx, "https://c:6443", "version")
	again()
	is("asking 3 servers, waiting for 2: https://b:6443, https://c:6443")
	b1()
	is("asking 3 servers, waiting for 1: https://c:6443")
	c1()
	c1()
	is("")
	Attempt(ctx, 2, 20)
	is("asking 3 servers: 2 of 20")
}

func TestTextOfRoundsAndInput(t *testing.T) {
	b := &Board{}
	ctx := With(t.Context(), b)
	For(ctx, "https://a:6443", "TokenReview")()
	Attempt(ctx, 12, 20)
	if got, want := b.Text(), "asking https://a:6443: 12 of 20"; got != want {
		t.Errorf("between two attempts: %q, want %q", got, want)
	}
	Read(ctx, "audit.log", 130<<20, 800<<20)
	if got, want := b.Text(), "reading audit.log: 130 of 800 MiB"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	Read(ctx, "standard input", 3<<20, 0)
	if got, want := b.Text(), "reading standard input: 3 MiB"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Without a watcher, nothing is kept.
func TestWithoutBoard(t *testing.T) {
	For(t.Context(), "https://a:6443", "TokenReview")()
	Attempt(t.Context(), 1, 2)
	Read(t.Context(), "x", 1, 2)
}
