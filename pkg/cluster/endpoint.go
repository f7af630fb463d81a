package cluster

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"k8s.io/client-go/rest"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// ServiceName is the name of an API server inside its cluster, which is in the certificate of
// every API server.
const ServiceName = "kubernetes.default.svc"

// maxAddresses bounds how many API servers are asked; no cluster has as many.
const maxAddresses = 64

// Addresses reads the addresses of the API servers from the EndpointSlices of the Service
// `kubernetes`, to which each API server adds itself.
func (c *Caller) Addresses(ctx context.Context) evidence.Fact[[]string] {
	const path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
	source := finding.T(http.MethodGet + " " + path)
	var list struct {
		Items []struct {
			Endpoints []struct {
				Addresses []string `json:"addresses"`
			} `json:"endpoints"`
			Ports []struct {
				Name string `json:"name"`
				Port int    `json:"port"`
			} `json:"ports"`
		} `json:"items"`
	}
	query := url.Values{"labelSelector": {"kubernetes.io/service-name=kubernetes"}, "limit": {strconv.Itoa(maxAddresses)}}
	found, failure := c.get(ctx, path+"?"+query.Encode(), &list)
	if failure != nil {
		return evidence.Not[[]string](failure, source)
	}
	var out []string
	for _, slice := range list.Items {
		for _, port := range slice.Ports {
			if port.Name != "https" && len(slice.Ports) > 1 || port.Port < 1 || port.Port > 65535 {
				continue
			}
			for _, e := range slice.Endpoints {
				for _, address := range e.Addresses {
					// A zone may be any text, and refers to this machine.
					if ip, err := netip.ParseAddr(address); err == nil && ip.Zone() == "" || hostname(address) {
						out = append(out, "https://"+net.JoinHostPort(address, strconv.Itoa(port.Port)))
					}
				}
			}
		}
	}
	switch {
	case !found || len(out) == 0:
		return evidence.Not[[]string](evidence.Because(evidence.Absent, finding.Errorf("the Service `kubernetes` in the namespace default has no EndpointSlice with an address")), source)
	case len(out) > maxAddresses:
		return evidence.Not[[]string](evidence.Because(evidence.Unusable, finding.Errorf("the EndpointSlices of the Service `kubernetes` have %s addresses, more than a cluster has API servers", finding.Count(len(out)))), source)
	}
	return evidence.Is(out, source)
}

// hostname reports whether s is a DNS name, as in an EndpointSlice of the type FQDN.
func hostname(s string) bool {
	return s != "" && len(s) <= 253 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-.") == ""
}

// At probes the API server at an address without credentials, and returns a caller for it. The
// caller is nil if the server must not get a credential: it is not an API server, or the kubeconfig
// does not trust its certificate. The certificate must be valid for the kubeconfig's server name
// or, under a CA that the kubeconfig names, for ServiceName. The endpoint's own name would only
// prove its address.
func (c *Caller) At(ctx context.Context, address string) (*Caller, evidence.Endpoint) {
	source := finding.T("SelfSubjectReview without credentials")
	out := evidence.Endpoint{Server: evidence.Server{URL: address}}
	fail := func(f *evidence.Failure) (*Caller, evidence.Endpoint) {
		out.Anonymous = evidence.Not[evidence.Answer](f, source)
		out.Clock = evidence.Not[evidence.Clock](f, source)
		out.Handshake = evidence.Not[evidence.Handshake](f, source)
		return nil, out
	}
	refuse := func(err error) (*Caller, evidence.Endpoint) { return fail(evidence.Because(evidence.Unusable, err)) }
	switch u, err := url.Parse(address); {
	case err != nil || u.Scheme != "https" || u.Host == "":
		return refuse(finding.Errorf("the address is not an https URL"))
	case c.PlainHTTP():
		return refuse(finding.Errorf("the kubeconfig's server has no TLS, so no other server can be verified"))
	case c.config.Insecure:
		return refuse(finding.Errorf("the kubeconfig disables verification (insecure-skip-tls-verify), so the server cannot be verified"))
	}
	// Try both names.
	ctx, cancel := c.inOneCall(ctx)
	defer cancel()
	names := c.serverNames()
	var wrongName *evidence.Failure
	for _, name := range names {
		at, err := c.moved(address, name)
		if err != nil {
			return refuse(err)
		}
		nobody, err := at.NewSubject(nil)
		if err != nil {
			return refuse(err)
		}
		answer, clock, failure := nobody.WhoAmI(ctx)
		handshake := nobody.Handshake()
		nobody.Close()
		switch {
		case failure != nil && failure.Transport == evidence.TransportWrongName:
			wrongName = failure
			continue
		case failure != nil:
			return fail(failure)
		case !answer.FromAPIServer:
			return refuse(finding.Errorf("the server is not an API server: its response %s has no characteristic of one", finding.Count(answer.Status)))
		}
		out.Anonymous, out.Clock, out.Handshake = evidence.Is(answer, source), clock, evidence.Is(handshake, finding.T("TLS handshake"))
		return at, out
	}
	wrongName.Said = finding.T("the server's certificate is not valid for %s", finding.Join(" or ", finding.Names(finding.Host, names)...))
	return fail(wrongName)
}

// serverNames returns names, at least one of which an API server's certificate must have.
func (c *Caller) serverNames() []string {
	names := []string{c.base.Hostname()}
	if c.config.ServerName != "" {
		names[0] = c.config.ServerName
	}
	// The system's CAs do not sign certificates for this internal name.
	if (len(c.config.CAData) > 0 || c.config.CAFile != "") && names[0] != ServiceName {
		names = append(names, ServiceName)
	}
	return names
}

// moved returns the caller for another address, whose certificate must be valid for name.
func (c *Caller) moved(address, name string) (*Caller, error) {
	// Build the identity from the unchanged configuration: an exec plugin gets the kubeconfig's
	// server, and runs once for all servers.
	rt, err := identified(c.config, name, true)
	if err != nil {
		return nil, err
	}
	config := rest.CopyConfig(c.config)
	config.Host, config.APIPath, config.ServerName = address, "", name
	inner, err := newConn(config, rt, c.secrets)
	if err != nil {
		return nil, err
	}
	return &Caller{conn: *inner, config: config}, nil
}
