package checks

import (
	"regexp"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The API server vouches for its users to the servers behind it with a certificate of its
// own. Where one of them does not believe that, all its APIs are refused to everybody.
var aggregatedAPIs = Check{
	ID:        "aggregated-apis",
	Title:     "aggregated APIs",
	Passed:    T("accept the API server's users"),
	Reference: "https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/",
	Finds:     []finding.ID{finding.AggregatedAPIRefused},
	Applies: func(c *Case) bool {
		return diagnose.NamesUser(diagnose.UserOf(c.Subject().Wire)) && !c.IdentitySuppliedOnTheWay()
	},
	Run: func(c *Case) Result {
		apis := c.Server.Aggregated
		switch {
		case apis.Failed(evidence.Forbidden):
			return unknown(T("the caller may not list the APIServices, which say what other servers answer for"))
		case !apis.Known():
			return unknown(T("which APIs other servers answer for was not to be seen: %s", apis.Reason()))
		}
		var refusals []finding.Finding
		var others []finding.Value
		for _, api := range apis.Value {
			answer, asked := c.Subject().Aggregated[api.Name]
			detail, fix, command := refusal(c, api, answer)
			switch {
			case !detail.IsZero():
				f := prove(finding.AggregatedAPIRefused, "%s", detail)
				// The credential is good: this explains no verdict on it.
				f.Severity = finding.Warning
				if api.Message != "" && !asked {
					f = f.SeenAt(T("APIService %s", finding.APIService.Of(api.Name)), finding.Message(api.Message))
				}
				if answer.Known() {
					said := T("%s", finding.Count(answer.Value.Status))
					if text := strings.TrimSpace(answer.Value.Message); text != "" {
						said = T("%s %s", said, finding.Message(text))
					}
					f = f.SeenAt(answer.Source, said)
				}
				refusals = append(refusals, f.FixBy(fix, command))
			case api.Available == "False":
				others = append(others, T("%s is not available (%s)", groupVersion(api), finding.Standard(api.Reason)))
			case asked && !answer.Known():
				others = append(others, T("%s was not to be asked for: %s", groupVersion(api), answer.Reason()))
			}
		}
		if len(refusals) == 0 {
			return pass(finding.Join("; ", others...))
		}
		// One finding for all: each is refused for the same reason, or has its own here.
		f := refusals[0]
		for _, more := range refusals[1:] {
			f = f.Saying(T("%s; %s", f.Detail, more.Detail))
			f.Evidence = append(f.Evidence, more.Evidence...)
			f.Remedy = append(f.Remedy, more.Remedy...)
		}
		return report(f)
	},
}

// refusal says how the server behind an API refuses what the API server accepts, and what
// to do; empty where it does not, or not for that reason.
func refusal(c *Case, api evidence.AggregatedAPI, answer evidence.Fact[evidence.Answer]) (detail, fix finding.Text, command finding.Command) {
	who := T("%s, for which the API server asks the Service %s/%s, ", groupVersion(api), finding.Namespace.Of(api.Namespace), finding.Service.Of(api.Service))
	logs := run("kubectl").Flag("-n", finding.Namespace.Of(api.Namespace)).Add("logs").Argf("service/%s", finding.Service.Of(api.Service)).ByOthers()
	untrusting := T("The other server has to know the front proxy's CA: it reads it from the ConfigMap " +
		"extension-apiserver-authentication, for which its ServiceAccount needs the Role extension-apiserver-authentication-reader in " +
		"kube-system; where it is given files (--requestheader-client-ca-file) they must hold that CA. Its log says what it refuses.")
	if api.Available == "False" {
		// The API server asks as system:kube-aggregator of system:masters, whom a server
		// that believes it does not refuse.
		for _, status := range []string{"401", "403"} {
			if api.Reason == "FailedDiscoveryCheck" && strings.HasSuffix(api.Message, ": "+status) && strings.Contains(api.Message, "bad status from ") {
				return T("%sanswers %s to the API server itself: it does not believe what the API server says of its users, and nobody gets these APIs", who, finding.Standard(status)), untrusting, logs
			}
		}
		return noDetail, noDetail, finding.Command{}
	}
	a, user := answer.Value, diagnose.UserOf(c.Subject().Wire)
	delegated := delegation().FindStringSubmatch(a.Message)
	switch {
	case a.Status == 401 && a.PastAuthentication:
		return T("%sanswers 401; the API server had taken the credential for %q", who, finding.User.Of(user.Username)), untrusting, logs
	case a.Status == 403 && a.User != nil && a.User.Username != user.Username:
		return T("%sanswers 403 to %q; the API server had taken the credential for %q", who, finding.User.Of(a.User.Username), finding.User.Of(user.Username)), untrusting, logs
	case a.Status >= 400 && delegated != nil:
		resource, account := delegated[1], delegated[2]
		detail = T("%smay not ask the API server: %q cannot create %s, so that it can take nobody for anybody", who, finding.User.Of(account), finding.Standard(resource))
		if namespace, name, ok := diagnose.ServiceAccountOf(account); ok {
			sa := finding.ServiceAccount.Of(name)
			command = run("kubectl create clusterrolebinding").Argf("%s-auth-delegator", sa).
				Add("--clusterrole=system:auth-delegator").Argf("--serviceaccount=%s:%s", finding.Namespace.Of(namespace), sa).ByOthers()
		}
		return detail, T("Bind the ClusterRole system:auth-delegator to the other server's ServiceAccount."), command
	}
	return noDetail, noDetail, finding.Command{}
}

// groupVersion names the API, in the words of kubectl.
func groupVersion(api evidence.AggregatedAPI) finding.Name {
	return finding.APIService.Of(api.GroupVersion())
}

// delegation picks out of the words of a delegating server whom the API server did not
// allow to ask it (k8s.io/apiserver plugin/pkg/authorizer/webhook).
func delegation() *regexp.Regexp {
	return regexp.MustCompile(`(subjectaccessreviews\.authorization|tokenreviews\.authentication)\.k8s\.io is forbidden: User \\*"([^"\\]+)\\*" cannot create`)
}
