package collect

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/cluster"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

const slicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"

// naming makes f name these servers in its EndpointSlices.
func (f *fake) naming(t *testing.T, others ...*fake) {
	t.Helper()
	f.slices = []object{}
	for _, o := range others {
		host, port := hostPort(o.URL)
		f.slices = append(f.slices, object{"endpoints": []object{{"addresses": []string{host}}}, "ports": []object{{"name": "https", "port": port}}})
	}
}

func (f *fake) asked(who string) []string {
	var out []string
	for _, line := range f.requests() {
		if strings.HasPrefix(line, who+" ") {
			out = append(out, strings.TrimPrefix(line, who+" "))
		}
	}
	slices.Sort(out)
	return out
}

// Each server gets the same requests: first without the credential, then with it.
func TestEachServer(t *testing.T) {
	f, b, c := newFake(t), newFake(t), newFake(t)
	b.reviewError = "invalid bearer token"
	f.naming(t, b, f)
	o := options()
	o.EachServer, o.Endpoints, o.Repeat, o.Interval = true, []string{c.URL, b.URL}, 2, time.Millisecond
	e := Collect(t.Context(), f.caller(t), holding(accountOf("shop", "robot", nil)), o)

	var named []string
	for _, at := range e.Endpoints {
		named = append(named, at.URL+" by "+at.NamedBy.String())
		if !at.Anonymous.Known() || !at.Version.Known() || !at.Clock.Known() || !at.Issuer.Value.Keys.Known() || !at.Handshake.Known() {
			t.Errorf("%s: %+v", at.URL, at)
		}
	}
	if want := []string{f.URL + " by the kubeconfig and the EndpointSlices of the Service kubernetes", c.URL + " by --endpoint", b.URL + " by --endpoint and the EndpointSlices of the Service kubernetes"}; !slices.Equal(named, want) {
		t.Errorf("asked %q, want %q", named, want)
	}
	var answered []int
	for _, a := range e.Subject().Attempts {
		answered = append(answered, a.Endpoint)
		if !a.Wire.Known() || !a.Review.Known() || a.Review.Value.Authenticated != (a.Endpoint != 2) {
			t.Errorf("%+v", a)
		}
	}
	if !slices.Equal(answered, []int{0, 1, 2, 0, 1, 2}) {
		t.Errorf("attempts at %v", answered)
	}
	for _, other := range []*fake{b, c} {
		if got := other.asked("subject"); !slices.Equal(got, []string{"POST " + selfSubjectReviews, "POST " + selfSubjectReviews}) {
			t.Errorf("the credential went with %q", got)
		}
		if got, want := other.asked("caller"), []string{"GET " + cluster.DiscoveryPath, "GET " + cluster.KeysPath, "GET /version", "POST " + tokenReviews, "POST " + tokenReviews}; !slices.Equal(got, want) {
			t.Errorf("the caller asked %q, want %q", got, want)
		}
		if first := other.requests()[0]; first != "nobody POST "+selfSubjectReviews {
			t.Errorf("the first that was asked was %s", first)
		}
	}
}

// All servers are asked at the same time, including the kubeconfig's.
func TestServersAreAskedAtOnce(t *testing.T) {
	f, b, c := newFake(t), newFake(t), newFake(t)
	var together sync.WaitGroup
	together.Add(6)
	wait := func(r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "tokenreviews") || strings.HasSuffix(r.URL.Path, "selfsubjectreviews") && strings.HasSuffix(r.Header.Get("Authorization"), "zaWc") {
			together.Done()
			together.Wait()
		}
	}
	f.before, b.before, c.before = wait, wait, wait
	o := options()
	o.Endpoints = []string{b.URL, c.URL}
	if e := Collect(t.Context(), f.caller(t), holding("aGVsbG8.d29ybGQ.zaWc"), o); len(e.Subject().Attempts) != 3 {
		t.Errorf("%+v", e.Subject().Attempts)
	}
}

// A server that is unreachable, or no API server, only costs its time limit, and does not get the credential. The
// other servers do.
func TestEndpointsThatCannotBeAsked(t *testing.T) {
	f, good, page, gone := newFake(t), newFake(t), newFake(t), newFake(t)
	gone.Close()
	page.before = func(*http.Request) { panic(http.ErrAbortHandler) }
	o := options()
	o.Endpoints = []string{page.URL, gone.URL, good.URL}
	e := Collect(t.Context(), f.caller(t), holding("a"), o)
	for i, known := range []bool{true, false, false, true} {
		if at := e.Endpoints[i]; at.Anonymous.Known() != known || !known && at.Anonymous.Reason().IsZero() {
			t.Errorf("%d: %+v", i, at)
		}
	}
	if len(page.asked("subject"))+len(page.asked("caller")) > 0 {
		t.Errorf("asked %q", page.requests())
	}
	if a := e.Subject().Attempts; len(a) != 2 || a[0].Endpoint != 0 || a[1].Endpoint != 3 {
		t.Errorf("%+v", a)
	}
	// A credential that cannot be sent is sent to no server, but the servers are still compared.
	e = Collect(t.Context(), f.caller(t), holding("a\nb"), o)
	if len(e.Subject().Attempts) != 0 || !e.Endpoints[3].Issuer.Known() {
		t.Errorf("%+v", e.Subject().Attempts)
	}
	// The kubeconfig's address does not answer, but an API server does.
	c := f.caller(t)
	f.Close()
	e = Collect(t.Context(), c, holding("a"), o)
	if a := e.Subject().Attempts; len(a) != 2 || !a[0].Wire.Failed(evidence.Unreachable) || !a[1].Wire.Known() || !a[1].Review.Known() {
		t.Errorf("%+v", a)
	}
}

// Without the flags, the servers' addresses are not read.
func TestOneServer(t *testing.T) {
	f := newFake(t)
	e := Collect(t.Context(), f.caller(t), holding("a"), options())
	if e.Endpoints != nil || e.Addresses.State != evidence.NotLooked || slices.Contains(f.asked("caller"), "GET "+slicesPath) {
		t.Errorf("%+v, %q", e.Endpoints, f.requests())
	}
	o := options()
	o.EachServer = true
	if e = Collect(t.Context(), f.caller(t), holding("a"), o); !e.Addresses.Failed(evidence.Unsupported) && !e.Addresses.Failed(evidence.Absent) || len(e.Endpoints) != 1 {
		t.Errorf("%+v, %+v", e.Addresses, e.Endpoints)
	}
}
