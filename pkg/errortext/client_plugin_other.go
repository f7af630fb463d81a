package errortext

import "slices"

// pluginOther has the messages of the exec plugins of other clouds and of access proxies, where the
// message alone names the plugin. A message that does not is read beside the exec plugin's name.
//
// oracle/oci-cli; IBM-Cloud/ibm-cloud-cli-release; digitalocean/doctl, digitalocean/godo;
// gravitational/teleport tool/tsh; vmware-tanzu/pinniped cmd, internal/oidcclient;
// hashicorp/vault; openshift/oc; argoproj/argo-cd cmd/argocd-k8s-auth.
func pluginOther() []pattern {
	oci, ibm, do, tsh, vault := program{name: "oci"}, program{name: "ibmcloud"}, program{name: "doctl"}, program{name: "tsh"}, program{name: "Vault"}
	pinniped := program{name: "pinniped", onlyPlugin: true}
	return slices.Concat(
		oci.says("oci-session", `This CLI session has expired{error...}`, `Do you want to re-authenticate your CLI session profile? {error...}`, `ERROR: The config file at {file:word} is invalid: {error...}`,
			`Could not find config file at {error...}`, `ERROR: Could not find config file at {error...}`, `Failed to verify the HTTP(S) Signature`),
		oci.beside("oci-session", `The required information to complete authentication was not provided or was incorrect`, `"code": "NotAuthenticated"`),
		ibm.says("ibmcloud-login", `Provided refresh token is expired`, `BXNIM0407E`, `BXNIM0439E`, `Not logged in. Use 'ibmcloud login' to log in.`, `Your session has expired. Use 'ibmcloud login' {error...}`),
		ibm.says("ibmcloud-plugin", `'ks' is not a registered command. See 'ibmcloud help'.`, `'oc' is not a registered command. See 'ibmcloud help'.`, `'cs' is not a registered command. See 'ibmcloud help'.`,
			`'ks' is not a registered command. Check your list of installed plug-ins. See 'ibmcloud help'.`, `'oc' is not a registered command. Check your list of installed plug-ins. See 'ibmcloud help'.`),
		ibm.says("ibmcloud-infrastructure", `The infrastructure authentication credentials are not authorized for the request`),
		do.says("doctl-login", `Unable to initialize DigitalOcean API client: {error...}`, `access token is required. (hint: run 'doctl auth init')`, `You have been logged out of DigitalOcean{error...}`, `GET https://api.digitalocean.com/v2/{path:word}: 401 {error...}`),
		tsh.says("tsh-login", `ERROR: Not logged in.`, `your credentials have expired, please log in{error...}`, `your Teleport {kind:word} has expired{error...}`, `please login using "tsh login"{error...}`, `please run 'tsh login'{error...}`,
			`Having problems with relogin, please use 'tsh login/tsh kube login' manually`, `ERROR: ssh: cert has expired`,
			`cannot relogin in headless session{error...}`, `Kubernetes cluster {cluster:q} is not registered in this Teleport cluster{error...}`),
		uncut(vault.says("vault-login", `Error making API request. URL: GET {url:word} Code: 403. Errors: * permission denied`, `* permission denied * invalid token`)),
		// The request to the Concierge is an anonymous one, and the API server answers it.
		pinniped.says("pinniped-anonymous", `could not complete Concierge credential exchange: could not login: Unauthorized`),
		pinniped.says("pinniped-concierge", `could not complete Concierge credential exchange: login failed: authentication failed`),
		pinniped.wraps("pinniped", `could not complete Pinniped login: {error...}`, `could not complete Concierge credential exchange: {error...}`, `could not complete concierge credential exchange: {error...}`),
	)
}

// uncut marks messages whose beginning alone proves nothing.
func uncut(table []pattern) []pattern {
	for i := range table {
		table[i].suits = func(map[string]string) bool { return true }
	}
	return table
}
