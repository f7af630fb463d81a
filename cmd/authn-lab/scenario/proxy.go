package scenario

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"k8s.io/client-go/tools/clientcmd"
)

// Proxy is a reverse proxy on loopback that terminates TLS before an API server, and may change requests and responses.
type Proxy struct {
	// To are the servers behind the proxy. They take turns for requests with the same path and the same Authorization
	// header.
	To []string
	// Drop removes the Authorization header, and Double repeats its value.
	Drop, Double bool
	// As replaces the Authorization header by this token.
	As string
	// FrontProxy authenticates all requests as this user, with the API server's request headers for an authenticating proxy.
	FrontProxy string
	// Delay is the time before each response, and Ahead is added to its Date header.
	Delay, Ahead time.Duration
	// Answer, if not 0, is the status of the proxy's own response; no request is forwarded.
	Answer int
	// Server is the Server header of that response.
	Server string
	// See, if set, is shown each request before it is changed.
	See func(*http.Request)
	// Around, if set, is called with the proxy, to serve in its place.
	Around func(http.Handler) http.Handler

	lab     *Lab
	web     *web
	targets []*url.URL
	turns   sync.Map // of each question, a *turn
}

// StartProxy starts a proxy before the lab's API servers. Stop stops it.
func (r *Runner) StartProxy(p *Proxy) (address string, err error) {
	p.lab = r.Lab
	for _, to := range p.To {
		target, err := url.Parse(to)
		if err != nil {
			return "", err
		}
		p.targets = append(p.targets, target)
	}
	transport, err := p.transport()
	if err != nil {
		return "", err
	}
	p.web = r.newWeb(&httputil.ReverseProxy{Rewrite: p.request, Transport: transport, ModifyResponse: p.response, ErrorLog: log.New(io.Discard, "", 0)})
	if p.Answer != 0 {
		p.web.handler = http.HandlerFunc(p.answer)
	}
	if p.Around != nil {
		p.web.handler = p.Around(p.web.handler)
	}
	err = p.start()
	return p.web.url(), err
}

func (p *Proxy) start() error { return p.web.start() }
func (p *Proxy) stop()        { p.web.stop() }

// Stop ends the proxy.
func (p *Proxy) Stop() { p.stop() }

func (p *Proxy) transport() (*http.Transport, error) {
	ca, err := os.ReadFile(p.lab.Path("ca.crt"))
	if err != nil {
		return nil, err
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	config.RootCAs.AppendCertsFromPEM(ca)
	if p.FrontProxy != "" {
		certificate, err := tls.LoadX509KeyPair(p.lab.Path("pki", "front-proxy-client.crt"), p.lab.Path("pki", "front-proxy-client.key"))
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return &http.Transport{TLSClientConfig: config, MaxIdleConnsPerHost: 32}, nil
}

func (p *Proxy) request(r *httputil.ProxyRequest) {
	if p.See != nil {
		p.See(r.Out)
	}
	r.SetURL(p.next(r.In))
	header := r.Out.Header
	if p.FrontProxy != "" {
		header.Set("X-Remote-User", p.FrontProxy)
		header.Set("X-Remote-Group", "system:authenticated")
	}
	switch sent := header.Get("Authorization"); {
	case p.As != "":
		header.Set("Authorization", "Bearer "+p.As)
	case p.Drop:
		header.Del("Authorization")
	case p.Double && sent != "":
		header.Set("Authorization", sent+", "+sent) // what two lines of one name mean in HTTP
	}
}

// next returns the next server in turn.
func (p *Proxy) next(r *http.Request) *url.URL {
	made, _ := p.turns.LoadOrStore(r.URL.Path+" "+r.Header.Get("Authorization"), new(turn))
	return p.targets[made.(*turn).next()%len(p.targets)]
}

type turn struct {
	mu sync.Mutex
	n  int
}

func (t *turn) next() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	return t.n - 1
}

func (p *Proxy) response(r *http.Response) error {
	time.Sleep(p.Delay)
	if p.Ahead != 0 {
		r.Header.Set("Date", time.Now().Add(p.Ahead).UTC().Format(http.TimeFormat))
	}
	return nil
}

func (p *Proxy) answer(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(p.Delay)
	if p.Server != "" {
		w.Header().Set("Server", p.Server)
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(p.Answer)
	fmt.Fprintf(w, "<html><head><title>%d %s</title></head></html>\n", p.Answer, http.StatusText(p.Answer))
}

func (r *Runner) proxy(ts *testscript.TestScript, args []string) {
	p := &Proxy{}
	var to []string
	var as, certificate string
	flags := flag.NewFlagSet("proxy", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("to", "", func(name string) error { to = append(to, name); return nil })
	flags.BoolVar(&p.Drop, "drop", false, "")
	flags.BoolVar(&p.Double, "double", false, "")
	flags.StringVar(&as, "as", "", "")
	flags.StringVar(&p.FrontProxy, "front-proxy", "", "")
	flags.DurationVar(&p.Delay, "delay", 0, "")
	flags.DurationVar(&p.Ahead, "ahead", 0, "")
	flags.IntVar(&p.Answer, "answer", 0, "")
	flags.StringVar(&p.Server, "server", "", "")
	flags.StringVar(&certificate, "certificate", "", "")
	m := remember(ts)
	name := m.parse(ts, flags, args)
	if len(to) == 0 {
		to = []string{m.at.name}
	}
	for _, server := range to {
		at := m.servers[server]
		if at == nil {
			ts.Fatalf("there is no server %s", server)
		}
		p.To = append(p.To, at.url)
	}
	if as != "" {
		p.As = strings.TrimSpace(ts.ReadFile(as))
	}
	address, err := r.StartProxy(p)
	ts.Check(err)
	ts.Defer(p.stop)
	if certificate != "" {
		p.stop()
		p.web.certificate = absolute(m.work, certificate)
		ts.Check(p.start())
	}
	m.parts[name] = p

	// A proxy that terminates TLS does not forward a client certificate: the administrator has a token instead.
	admin, err := clientcmd.LoadFromFile(r.Lab.Path("static-admin.kubeconfig"))
	ts.Check(err)
	nobody, err := clientcmd.LoadFromFile(r.Lab.Path("nobody.kubeconfig"))
	ts.Check(err)
	m.add(ts, &endpoint{name: name, url: address}, admin, nobody)
}

// parse reads the flags after the name.
func (m *memory) parse(ts *testscript.TestScript, flags *flag.FlagSet, args []string) (name string) {
	if len(args) == 0 {
		ts.Fatalf("usage: %s NAME [flags]", flags.Name())
	}
	name = m.newName(ts, args[0])
	ts.Check(flags.Parse(args[1:]))
	if flags.NArg() > 0 {
		ts.Fatalf("%s: %q is no flag", flags.Name(), flags.Args())
	}
	return name
}

func (r *Runner) tunnel(ts *testscript.TestScript, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: tunnel NAME URL")
	}
	m := remember(ts)
	name := m.newName(ts, args[0])
	to, err := url.Parse(args[1])
	ts.Check(err)
	t := &tunnel{to: to.Host}
	ts.Check(t.start())
	ts.Defer(t.stop)
	m.parts[name] = t
	m.setURL(ts, name, to.Scheme+"://"+t.address)
}
