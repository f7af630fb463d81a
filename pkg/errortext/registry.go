package errortext

import (
	"slices"
	"strings"
)

// registryAnswers has the messages of container runtimes whose image registry requires a login.
//
// containerd/containerd core/remotes/docker; distribution/distribution registry/client/auth/session.go, registry/api/errcode;
// moby/moby distribution/errors.go.
func registryAnswers() []pattern {
	registry := service("the image registry")
	denied := answers(registry, "registry-login", nil, `failed to authorize: failed to fetch anonymous token: {error...}`, `failed to fetch anonymous token: {error...}`,
		`failed to authorize: failed to fetch oauth token: {error...}`, `failed to fetch oauth token: {error...}`)
	for i := range denied {
		denied[i].suits = func(values map[string]string) bool {
			return strings.Contains(values["error"], "401") || strings.Contains(values["error"], "403")
		}
	}
	status := answers(registry, "registry-login", nil, `unexpected status from {method:word} request to {url:word}: 401 {status...}`, `unexpected status from {method:word} request to {url:word}: 403 {status...}`)
	for i := range status {
		status[i].suits = func(values map[string]string) bool { return strings.Contains(values["url"], "/v2/") }
	}
	return slices.Concat(denied, status, answers(registry, "registry-login", nil, `no basic auth credentials`,
		`pull access denied, repository does not exist or may require authorization: {error...}`,
		`pull access denied for {image:word}, repository does not exist or may require 'docker login'{error...}`))
}
