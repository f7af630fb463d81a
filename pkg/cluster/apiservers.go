package cluster

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// apiServerFlags are the flags that configure authentication. No other flag leaves this file.
var apiServerFlags = []string{
	"anonymous-auth", "api-audiences", "authentication-config", "authentication-token-webhook-config-file", "client-ca-file",
	"enable-bootstrap-token-auth", "oidc-client-id", "oidc-groups-claim", "oidc-issuer-url", "oidc-required-claim",
	"oidc-signing-algs", "oidc-username-claim", "service-account-extend-token-expiration", "service-account-issuer",
	"service-account-lookup", "service-account-max-token-expiration", "token-auth-file",
}

// booleans are the flags among them that may have no value.
var booleans = []string{"anonymous-auth", "enable-bootstrap-token-auth", "service-account-extend-token-expiration", "service-account-lookup"}

// maxAPIServers bounds the list; no control plane has that many API servers.
const maxAPIServers = "32"

// APIServers reads the command lines of the API servers that run as static Pods, as with kubeadm.
// It ignores Pods without a manifest on the node, whatever their labels are.
func (c *Caller) APIServers(ctx context.Context) evidence.Fact[[]evidence.APIServer] {
	const list = "/api/v1/namespaces/kube-system/pods"
	var pods struct {
		Items []struct {
			Metadata struct {
				Namespace, Name   string
				Annotations       map[string]string
				DeletionTimestamp *time.Time
			}
			Spec struct {
				Containers []struct {
					Name          string
					Command, Args []string
				}
			}
			Status struct{ Phase string }
		}
	}
	found, failure := c.get(ctx, list+"?labelSelector=component%3Dkube-apiserver&limit="+maxAPIServers, &pods)
	switch {
	case failure != nil:
		return evidence.Not[[]evidence.APIServer](failure, finding.T(http.MethodGet+" "+list))
	case !found:
		return evidence.Not[[]evidence.APIServer](evidence.Because(evidence.Unsupported, finding.Errorf("the API server does not serve Pods")), finding.T(http.MethodGet+" "+list))
	}
	servers := []evidence.APIServer{}
	for _, pod := range pods.Items {
		if pod.Metadata.Annotations["kubernetes.io/config.mirror"] == "" || pod.Metadata.DeletionTimestamp != nil ||
			pod.Status.Phase == "Failed" || pod.Status.Phase == "Succeeded" {
			continue
		}
		s := evidence.APIServer{Namespace: pod.Metadata.Namespace, Pod: pod.Metadata.Name, Unreadable: finding.T("the Pod has no container kube-apiserver")}
		for _, container := range pod.Spec.Containers {
			if container.Name == "kube-apiserver" || len(pod.Spec.Containers) == 1 {
				s.Flags, s.Unreadable = readFlags(container.Command, container.Args)
				if why := listensElsewhere(slices.Concat(container.Command, container.Args), c.base); !why.IsZero() {
					s.Flags, s.Unreadable = nil, why
				}
			}
		}
		servers = append(servers, s)
	}
	return evidence.Is(servers, finding.T(http.MethodGet+" "+list))
}

// listensElsewhere returns why an API server with that command line is not the one at an address:
// the host is the same, but the port is not.
func listensElsewhere(line []string, asked *url.URL) finding.Text {
	value := func(flag string) (last string) {
		for i, word := range line {
			switch name, value, given := strings.Cut(word, "="); {
			case name != flag:
			case given:
				last = value
			case i+1 < len(line):
				last = line[i+1]
			}
		}
		return last
	}
	address, port := value("--advertise-address"), value("--secure-port")
	if address == "" || port == "" || asked.Hostname() != address {
		return finding.Text{}
	}
	at := asked.Port()
	if at == "" {
		at = "443"
	}
	if at == port {
		return finding.Text{}
	}
	return finding.T("the API server listens on port %s, and the server at port %s may have another configuration", finding.Message(port), finding.Message(at))
}

// readFlags reads the authentication flags from a command line, which may start kube-apiserver
// through another program.
func readFlags(command, args []string) (flags map[string][]string, unreadable finding.Text) {
	line := slices.Concat(command, args)
	start := slices.IndexFunc(line, func(word string) bool { return path.Base(word) == "kube-apiserver" })
	switch {
	case start >= 0:
		line = line[start+1:]
	case len(command) > 0 || len(args) == 0 || !strings.HasPrefix(args[0], "--"):
		return nil, finding.T("the command line does not start kube-apiserver directly")
	}
	flags = map[string][]string{}
	for i := 0; i < len(line); i++ {
		name, value, given := strings.Cut(line[i], "=")
		// pflag reads one dash as a shorthand, and an API server reads an underscore as a dash.
		name, isFlag := strings.CutPrefix(strings.ReplaceAll(name, "_", "-"), "--")
		if !isFlag {
			continue
		}
		switch {
		case given:
		case slices.Contains(booleans, name):
			value = "true"
		case i+1 < len(line) && !strings.HasPrefix(line[i+1], "--"):
			i++
			value = line[i]
		}
		switch {
		case !slices.Contains(apiServerFlags, name):
		case strings.Contains(value, "$("):
			return nil, finding.T("the flag --%s has a value from the environment", finding.Standard(name))
		case name == "service-account-issuer":
			// The one flag of these that may be repeated without a comma in it.
			flags[name] = append(flags[name], value)
		case name == "api-audiences", name == "oidc-signing-algs", name == "oidc-required-claim":
			flags[name] = append(flags[name], strings.Split(value, ",")...)
		default:
			flags[name] = []string{value}
		}
	}
	return flags, finding.Text{}
}
