package pasted

import (
	"regexp"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// denial is the end of a 403 message, as in k8s.io/apiserver
// pkg/endpoints/handlers/responsewriters: what was requested, and where.
var denial = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+) (?:path "(/[^"\s]*)"|resource "([a-z0-9.-]+)(?:/([a-z0-9]+))?" in API group "([a-z0-9.-]*)" (?:in the namespace "([^"\s]*)"|(at the cluster scope)))`)
})

// grantOf adds the command that shows the missing permission and the commands that grant only
// that permission, from a 403 message. It returns false if the message is not complete.
func grantOf(f finding.Finding, r errortext.Reason) (finding.Finding, bool) {
	user := r.Values["user"]
	m := denial().FindStringSubmatch(r.Values["request"])
	if m == nil || strings.HasPrefix(user, "-") || finding.Word(user) == "NAME" {
		return f, false
	}
	path, sub, namespace := m[2], m[4], m[6]
	if namespace != "" && !finding.NamespaceName(namespace) {
		return f, false
	}
	verb, who := finding.Standard(m[1]), finding.User.Of(user)
	holder := finding.T("--user=%s", who)
	if strings.HasPrefix(user, diagnose.ServiceAccountPrefix) {
		of, name, ok := diagnose.ServiceAccountOf(user)
		if !ok {
			return f, false
		}
		holder = finding.T("--serviceaccount=%s:%s", finding.Namespace.Of(of), finding.ServiceAccount.Of(name))
	}
	check, name := finding.Run("kubectl auth can-i").Arg(verb), finding.T("%s-access", verb)
	var right []finding.Text
	if path != "" {
		check = check.Arg(finding.URL.Of(path))
		right = append(right, finding.T("--non-resource-url=%s", finding.URL.Of(path)))
	} else {
		resource, object := finding.T("%s", finding.Standard(m[3])), r.Values["name"]
		name = finding.T("%s-%s", verb, resource)
		if group := m[5]; group != "" {
			resource = finding.T("%s.%s", resource, finding.Standard(group))
		}
		if !finding.ObjectName(object) || m[1] == "create" || m[1] == "deletecollection" {
			object = ""
		}
		asked := resource
		if object != "" {
			asked = finding.T("%s/%s", resource, finding.Object.Of(object))
		}
		check = check.Arg(asked)
		if sub != "" {
			check = check.Argf("--subresource=%s", finding.Standard(sub))
			resource, name = finding.T("%s/%s", resource, finding.Standard(sub)), finding.T("%s-%s", name, finding.Standard(sub))
		}
		if right = append(right, finding.T("--resource=%s", resource)); object != "" {
			right = append(right, finding.T("--resource-name=%s", finding.Object.Of(object)))
		}
	}
	check = check.Flag("--as", who)
	create, bind := finding.Run("kubectl create clusterrole").Arg(name), finding.Run("kubectl create clusterrolebinding").Arg(name).Argf("--clusterrole=%s", name)
	if namespace != "" {
		create, bind = finding.Run("kubectl create role").Arg(name), finding.Run("kubectl create rolebinding").Arg(name).Argf("--role=%s", name)
	}
	create = create.Argf("--verb=%s", verb)
	for _, part := range right {
		create = create.Arg(part)
	}
	bind = bind.Arg(holder)
	if namespace != "" {
		where := finding.Namespace.Of(namespace)
		check, create, bind = check.Flag("--namespace", where), create.Flag("--namespace", where), bind.Flag("--namespace", where)
	}
	return f.Fix("Check that the permission is missing. You need permission to impersonate the user.", check).
		Fix("As an administrator, create a role with only this permission.", create).
		Fix("Then bind the role to the user.", bind), true
}
