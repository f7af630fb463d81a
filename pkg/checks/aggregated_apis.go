package checks

import (
	"regexp"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// An aggregated API server that does not trust the API server's front-proxy certificate rejects every user.
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
			return unknown(T("the caller has no permission to list APIServices, which name the aggregated API servers"))
		case !apis.Known():
			return unknown(T("the APIServices could not be read: %s", apis.Reason()))
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
				others = append(others, T("%s could not be requested: %s", groupVersion(api), answer.Reason()))
			}
		}
		if len(refusals) == 0 {
			return pass(finding.Join("; ", others...))
		}
		// One finding reports all APIs: they share a cause, or each has its own sentence.
		f := refusals[0]
		for _, more := range refusals[1:] {
			f = f.Saying(T("%s. %s", f.Detail, more.Detail.Capital()))
			f.Evidence = append(f.Evidence, more.Evidence...)
			f.Remedy = append(f.Remedy, more.Remedy...)
		}
		return report(f)
	},
}

// refusal describes how an aggregated API server rejects a user that the API server accepts, and the fix;
// it is empty where the aggregated API server does not do so.
func refusal(c *Case, api evidence.AggregatedAPI, answer evidence.Fact[evidence.Answer]) (detail, fix finding.Text, command finding.Command) {
	who := T("the Service %s/%s, which serves %s,", finding.Namespace.Of(api.Namespace), finding.Service.Of(api.Service), groupVersion(api))
	logs := run("kubectl").Flag("-n", finding.Namespace.Of(api.Namespace)).Add("logs").Argf("service/%s", finding.Service.Of(api.Service)).ByOthers()
	untrusting := T("Give the aggregated API server the front-proxy CA. It reads the CA from the ConfigMap extension-apiserver-authentication " +
		"in kube-system, so bind its ServiceAccount to the Role extension-apiserver-authentication-reader there. " +
		"If it runs with --requestheader-client-ca-file, put the CA into that file. Its log names what it rejects:")
	if api.Available == "False" {
		// The API server sends its own requests as system:kube-aggregator in system:masters, which only a server that
		// does not trust the front-proxy certificate rejects.
		for _, status := range []string{"401", "403"} {
			if api.Reason == "FailedDiscoveryCheck" && strings.HasSuffix(api.Message, ": "+status) && strings.Contains(api.Message, "bad status from ") {
				return T("%s answers %s to the API server itself. It does not trust the identities that the API server forwards, so no user can use this API", who, finding.Standard(status)), untrusting, logs
			}
		}
		return noDetail, noDetail, finding.Command{}
	}
	a, user := answer.Value, diagnose.UserOf(c.Subject().Wire)
	delegated := delegation().FindStringSubmatch(a.Message)
	switch {
	case a.Status == 401 && a.PastAuthentication:
		return T("%s answers 401, although the API server identified the credential as %q", who, finding.User.Of(user.Username)), untrusting, logs
	case a.Status == 403 && a.User != nil && a.User.Username != user.Username:
		return T("%s answers 403 to %q, although the API server identified the credential as %q", who, finding.User.Of(a.User.Username), finding.User.Of(user.Username)), untrusting, logs
	case a.Status >= 400 && delegated != nil:
		resource, account := delegated[1], delegated[2]
		detail = T("%s cannot verify users, because %q has no permission to create %s", who, finding.User.Of(account), finding.Standard(resource))
		if namespace, name, ok := diagnose.ServiceAccountOf(account); ok {
			sa := finding.ServiceAccount.Of(name)
			command = run("kubectl create clusterrolebinding").Argf("%s-auth-delegator", sa).
				Add("--clusterrole=system:auth-delegator").Argf("--serviceaccount=%s:%s", finding.Namespace.Of(namespace), sa).ByOthers()
		}
		return detail, T("Bind the ClusterRole system:auth-delegator to the ServiceAccount of the aggregated API server:"), command
	}
	return noDetail, noDetail, finding.Command{}
}

// groupVersion names the API as kubectl does.
func groupVersion(api evidence.AggregatedAPI) finding.Name {
	return finding.APIService.Of(api.GroupVersion())
}

// delegation matches the message of an aggregated API server that has no permission to create reviews
// (k8s.io/apiserver plugin/pkg/authorizer/webhook).
func delegation() *regexp.Regexp {
	return regexp.MustCompile(`(subjectaccessreviews\.authorization|tokenreviews\.authentication)\.k8s\.io is forbidden: User \\*"([^"\\]+)\\*" cannot create`)
}
