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

// apiServerFlags are those that say how an API server authenticates. No other flag of
// its leaves this file.
var apiServerFlags = []string{
	"anonymous-auth", "api-audiences", "authentication-config", "authentication-token-webhook-config-file", "client-ca-file",
	"enable-bootstrap-token-auth", "oidc-client-id", "oidc-groups-claim", "oidc-issuer-url", "oidc-required-claim",
	"oidc-signing-algs", "oidc-username-claim", "service-account-extend-token-expiration", "service-account-issuer",
	"service-account-lookup", "service-account-max-token-expiration", "token-auth-file",
}

// booleans are those of them that may stand without a value.
var booleans = []string{"anonymous-auth", "enable-bootstrap-token-auth", "service-account-extend-token-expiration", "service-account-lookup"}

// maxAPIServers bounds the list: no control plane has that many.
const maxAPIServers = "32"

// APIServers reads the command lines of the API servers that run as static Pods of the
// control plane, as kubeadm runs them. Pods that the kubelet did not make of a manifest
// are no API server's, whatever their labels say.
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
		return evidence.Not[[]evidence.APIServer](evidence.Because(evidence.Unsupported, finding.Errorf("the server has no Pods")), finding.T(http.MethodGet+" "+list))
	}
	servers := []evidence.APIServer{}
	for _, pod := range pods.Items {
		if pod.Metadata.Annotations["kubernetes.io/config.mirror"] == "" || pod.Metadata.DeletionTimestamp != nil ||
			pod.Status.Phase == "Failed" || pod.Status.Phase == "Succeeded" {
			continue
		}
		s := evidence.APIServer{Namespace: pod.Metadata.Namespace, Pod: pod.Metadata.Name, Unreadable: finding.T("it has no container kube-apiserver")}
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

// listensElsewhere says why an API server with that command line is not the one at an
// address: the address is its own, and the port another one's.
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
	return finding.T("it listens at port %s, and whoever was asked at port %s may be configured otherwise", finding.Message(port), finding.Message(at))
}

// readFlags picks the flags of authentication out of a command line, in which something
// else may start kube-apiserver.
func readFlags(command, args []string) (flags map[string][]string, unreadable finding.Text) {
	line := slices.Concat(command, args)
	start := slices.IndexFunc(line, func(word string) bool { return path.Base(word) == "kube-apiserver" })
	switch {
	case start >= 0:
		line = line[start+1:]
	case len(command) > 0 || len(args) == 0 || !strings.HasPrefix(args[0], "--"):
		return nil, finding.T("its command line does not start kube-apiserver by itself")
	}
	flags = map[string][]string{}
	for i := 0; i < len(line); i++ {
		name, value, given := strings.Cut(line[i], "=")
		// pflag takes one dash for a shorthand, and an API server an underscore for a dash.
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
			return nil, finding.T("its flag --%s is filled in from the environment", finding.Standard(name))
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
