package pasted

import (
	"regexp"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// denial is the end of a 403, as k8s.io/apiserver pkg/endpoints/handlers/responsewriters
// words it: what was asked for, and where.
var denial = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([a-z]+) (?:path "(/[^"\s]*)"|resource "([a-z0-9.-]+)(?:/([a-z0-9]+))?" in API group "([a-z0-9.-]*)" (?:in the namespace "([^"\s]*)"|(at the cluster scope)))`)
})

// grantOf adds to f how to see that somebody lacks a right, and the commands that grant it
// and no more, all of it out of a 403. It reports false where the text does not have it all.
func grantOf(f finding.Finding, r errortext.Reason) (finding.Finding, bool) {
	user := r.Values["user"]
	m := denial().FindStringSubmatch(r.Values["request"])
	if m == nil || strings.HasPrefix(user, "-") || finding.Word(user) == "NAME" {
		return f, false
	}
	verb, path, resource, sub, group, namespace := m[1], m[2], m[3], m[4], m[5], m[6]
	subject := "--user=" + finding.Word(user)
	if account, ok := strings.CutPrefix(user, diagnose.ServiceAccountPrefix); ok {
		of, name, _ := strings.Cut(account, ":")
		if !finding.ObjectName(of) || !finding.ObjectName(name) {
			return f, false
		}
		subject = "--serviceaccount=" + of + ":" + name
	}
	as := " --as " + finding.Word(user)
	check, what, name := "kubectl auth can-i "+verb+" ", "", verb+"-access"
	if path != "" {
		check, what = check+finding.Word(path)+as, " --non-resource-url="+finding.Word(path)
	} else {
		name = verb + "-" + resource
		if group != "" {
			resource += "." + group
		}
		one := r.Values["name"]
		if !finding.ObjectName(one) || verb == "create" || verb == "deletecollection" {
			one = ""
		}
		check += resource
		if one != "" {
			check += "/" + one
		}
		what = " --resource=" + resource
		if sub != "" {
			check, what, name = check+" --subresource="+sub, what+"/"+sub, name+"-"+sub
		}
		if one != "" {
			what += " --resource-name=" + one
		}
		check += as
	}
	kind, where := "clusterrole", ""
	switch {
	case namespace != "" && !finding.NamespaceName(namespace):
		return f, false
	case namespace != "":
		kind, where = "role", " --namespace "+namespace
		check += where
	}
	return f.Do("See that the right is missing; whoever asks so has to be allowed to impersonate.", check).
		Do("An administrator grants it, and no more than it: a role with this right,", "kubectl create "+kind+" "+name+" --verb="+verb+what+where).
		Do("and who has it.", "kubectl create "+kind+"binding "+name+" --"+kind+"="+name+" "+subject+where), true
}
