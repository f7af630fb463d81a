package pasted

import (
	"maps"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// fixes has the headline, the meaning and the fix of each Key of the tables in pkg/errortext.
var fixes = sync.OnceValue(func() map[errortext.Key]explanation {
	all := map[errortext.Key]explanation{}
	for _, group := range fixGroups() {
		maps.Copy(all, group)
	}
	return all
})

// fixGroups returns the groups of explanations. No two groups have the same key.
func fixGroups() []map[errortext.Key]explanation {
	return []map[errortext.Key]explanation{noConfiguration(), badFile(), badEntry(), badPair(), onTheWay(), inOtherWords(), ofAnyPlugin(), ofAWS(), ofGoogle(), ofAzure(), ofEntra(), ofOIDC(), ofOtherPlugins(), ofFederation(), ofVault(), ofMesh(), ofGateways(), ofTools(), ofJoining(), ofAggregated(), ofWebhooks(), ofLogins(), ofStartup()}
}

func steps(s ...step) []step { return s }

func do(todo finding.Text, run finding.Command) step { return step{todo, run} }

// say is a step without a command.
func say(todo finding.Text) step { return step{todo: todo} }

// withSteps adds steps to the fix of a finding.
func withSteps(f finding.Finding, fix []step) finding.Finding {
	for _, s := range fix {
		f = f.FixBy(s.todo, s.run)
	}
	return f
}

// byHand runs the plugin as client-go does, and shows what it prints.
func byHand() step {
	return do(finding.T("Show the kubeconfig's `exec` section, and run its command by hand with the same arguments and variables."), finding.Run("kubectl config view --minify"))
}

// showToken shows the claims that a relying party compares.
func showToken() step {
	return do(finding.T("Show the token's `iss`, `sub` and `aud`."), finding.Run("kubectl authn inspect -f token.txt"))
}

// readIssuer reads the issuer's documents as a relying party does.
func readIssuer() step {
	return do(finding.T("Check the issuer's documents as an outsider sees them, from a machine outside of your network."), finding.Run("kubectl authn discover --issuer-url ISSUER"))
}

// ofAnyPlugin has the reasons of which only the exec plugin's failure is known.
func ofAnyPlugin() map[errortext.Key]explanation {
	return map[errortext.Key]explanation{
		"plugin-usage": {
			title: finding.T("the plugin does not know an argument"),
			means: finding.T("Either the plugin is older or newer than the kubeconfig, or another program of the same name comes first on the PATH. For example, Azure/kubelogin and int128/kubelogin have the same name"),
			fix: steps(do(finding.T("Find out which program runs, and which version it has. Replace NAME with the plugin."), finding.Run("command -v NAME").And(finding.Run("NAME --version"))),
				say(finding.T("Update the plugin, and write the kubeconfig again with the cluster's tool. If two programs have the same name, write the full path of the right one into `command` of the kubeconfig's `exec` section."))),
		},
		"plugin-output": {
			title: finding.T("the plugin's output is not an ExecCredential"),
			means: finding.T("The plugin exited with 0, and the client cannot read its output. The output must be one ExecCredential in JSON or YAML, and nothing else. Typical causes are a bare token, a prompt, and a message of a wrapper script"),
			fix: steps(do(finding.T("Show which command the kubeconfig runs. Run it by hand with the same arguments, and look at its output. Do not share the output, because it can contain a token."), finding.Run("kubectl config view --minify")),
				say(finding.T("Correct `command` and `args` in the kubeconfig's `exec` section, or update the plugin. Messages of a wrapper script must go to the standard error."))),
		},
		"plugin-crashed": {
			title: finding.T("the plugin crashed"),
			means: finding.T("The message is an error in the plugin or in its installation, not an answer about the credential"),
			fix:   steps(say(finding.T("Update or reinstall the plugin. For a plugin in Python, check that its own Python and modules are used, not those of an active virtual environment.")), byHand()),
		},
		"plugin-misses-program": {
			title: finding.T("the plugin runs a program that is not found"),
			means: finding.T("The exit status 127 and the words \"not found\" mean that a program is not on the PATH. A program that is started from a desktop, an IDE, a service or a container has another PATH than your shell"),
			fix: steps(say(finding.T("Install the missing program in the environment of the client that failed, or correct the PATH of that client. From a desktop, start the client in a terminal once to compare.")),
				byHand()),
		},
		"plugin-permission": {
			title: finding.T("the operating system does not let the plugin run"),
			means: finding.T("The exit status 126 and the words \"permission denied\" mean that a file exists but cannot be executed or read"),
			fix: steps(do(finding.T("Check that the user of the client can execute the plugin and every program that it runs, and can read the plugin's files. Replace PLUGIN with its path."), finding.Run("ls -l PLUGIN")),
				say(finding.T("Mount options (`noexec`), a snap's or container's confinement, and the privacy settings of macOS have the same effect."))),
		},
		"plugin-format": {
			title: finding.T("the plugin is a program for another system"),
			means: finding.T("The file is for another operating system or architecture, or is a script without its first line `#!`"),
			fix:   steps(say(finding.T("Install the plugin for this operating system and architecture (`uname -sm` shows both)."))),
		},
		"oidc-login-missing": {
			title: finding.T("the kubectl plugin oidc-login is not installed"),
			means: finding.T("The kubeconfig runs `kubectl oidc-login`, and kubectl finds no program kubectl-oidc_login on the PATH"),
			fix: steps(do(finding.T("Install int128/kubelogin as the kubectl plugin `oidc-login`."), finding.Run("kubectl krew install oidc-login")),
				say(finding.T("If the plugin is installed, add its folder (for krew, ~/.krew/bin) to the PATH of the client that failed."))),
		},
		"not-logged-in": {
			title: finding.T("the plugin needs a new login"),
			means: finding.T("The plugin's own session or credential is missing, has expired or was rejected"),
			fix:   steps(say(finding.T("Log in again with the tool of the plugin, as the same user and in the same environment as the client that failed. Then repeat the request.")), byHand()),
		},
		"plugin-connection": {
			title: finding.T("the plugin could not connect to its provider"),
			means: finding.T("client-go sends no request without the plugin's credential. The failed connection is therefore the plugin's own, to its identity provider or cloud, and not the one to the API server"),
			fix: steps(say(finding.T("Check the network, the proxy variables (`HTTPS_PROXY`, `NO_PROXY`) and the DNS of the client that failed. A certificate error is about the certificate of the provider or of a proxy, not of the API server.")),
				byHand()),
		},
		"plugin-said": {
			title: finding.T("the plugin reports an error"),
			fix:   steps(say(finding.T("Correct what the message names. If the message is about a login or a session, log in again with the tool of the plugin.")), byHand()),
		},
		"plugin-token-as-file": {
			title: finding.T("a token was given instead of the name of a file"),
			means: finding.T("The plugin opens a file whose name is too long for a file. Usually, an argument or a variable for the token's file has the token itself"),
			fix:   steps(say(finding.T("Write the token into a file that only you can read, and give the plugin the name of the file. For Azure's kubelogin, that is `--federated-token-file` or AZURE_FEDERATED_TOKEN_FILE.")), byHand()),
		},
		"gcp-provider": {
			title: finding.T("gcloud returned no token"),
			means: finding.T("The kubeconfig runs gcloud for a token, through the auth provider `gcp` that client-go removed in 1.26"),
			fix: steps(do(finding.T("Log in again."), finding.Run("gcloud auth login")),
				do(finding.T("Then replace the auth provider: install gke-gcloud-auth-plugin, and write the kubeconfig again."), finding.Run("gcloud container clusters get-credentials CLUSTER"))),
		},
		"provider-id-token": {
			title: finding.T("the identity provider returned no ID token"),
			means: finding.T("The kubeconfig's auth provider renews the ID token with a refresh token. The answer had no `id_token`: the scope `openid` was not requested, or the provider returns no ID token on a refresh"),
			fix: steps(say(finding.T("Log in again with the tool that wrote the kubeconfig, with the scopes `openid` and `offline_access`.")),
				say(finding.T("Or use an exec plugin such as int128/kubelogin, which logs in again if a refresh returns no ID token."))),
		},
		"provider-login": {
			title: finding.T("the ID token has expired, and there is no refresh token"),
			fix:   steps(say(finding.T("Log in again with the tool that wrote the kubeconfig, with the scope `offline_access` for a refresh token."))),
		},
	}
}

// ofAWS has the reasons of the AWS CLI, the AWS SDKs and aws-iam-authenticator.
func ofAWS() map[errortext.Key]explanation {
	const page = "https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-troubleshooting.html"
	whoami := do(finding.T("Check that AWS accepts the credentials, in the same environment as the client that failed."), finding.Run("aws sts get-caller-identity"))
	return map[errortext.Key]explanation{
		"aws-sso-expired": {
			title: finding.T("the AWS SSO session has expired"),
			means: finding.T("The SSO token in the cache of the AWS CLI is missing, has expired or cannot be renewed"),
			fix:   steps(do(finding.T("Log in again, with the profile that the client uses (`AWS_PROFILE`, or `--profile` in the kubeconfig's `exec` section)."), finding.Run("aws sso login").Word("--profile").Word("PROFILE"))), reference: page,
		},
		"aws-session-expired": {
			title: finding.T("the AWS session has expired"),
			means: finding.T("AWS rejected the caller's own temporary credentials. They are not the token for the API server, which was not created"),
			fix: steps(do(finding.T("Log in again to get new temporary credentials. For SSO:"), finding.Run("aws sso login").Word("--profile").Word("PROFILE")),
				say(finding.T("Without SSO, renew the session with the tool that created it. Remove old values of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN from the environment: these variables take precedence over a profile.")), whoami), reference: page,
		},
		"aws-no-credentials": {
			title: finding.T("the AWS CLI or SDK has no credentials"),
			means: finding.T("No credentials were found in the environment, in the profile or from the instance. A CI job, a service or a container does not have those of your shell"),
			fix: steps(do(finding.T("Log in with the profile that the client uses, or give the client credentials of its own (a role, or the AWS variables)."), finding.Run("aws sso login").Word("--profile").Word("PROFILE")),
				whoami), reference: page,
		},
		"aws-profile-missing": {
			title: finding.T("the AWS profile does not exist or is not usable"),
			means: finding.T("The profile is named by `AWS_PROFILE` or in the kubeconfig's `exec` section, and the AWS configuration of this user does not define it completely"),
			fix: steps(do(finding.T("Compare the profile's name with the profiles of this user."), finding.Run("aws configure list-profiles")),
				do(finding.T("Then define the profile, or write the kubeconfig again with another one."), finding.Run("aws eks update-kubeconfig --name CLUSTER").Word("--profile").Word("PROFILE"))), reference: page,
		},
		"aws-keys-invalid": {
			title: finding.T("AWS does not accept the access key"),
			means: finding.T("The access key does not exist, is inactive, or its secret key or session token does not belong to it"),
			fix:   steps(say(finding.T("Replace the access key with an active one. If the access key begins with ASIA, AWS_SESSION_TOKEN must be set too. Variables in the environment take precedence over a profile.")), whoami), reference: page,
		},
		"aws-clock": {
			title: finding.T("AWS does not accept the time of the signature"),
			means: finding.T("AWS accepts signatures that are at most five minutes old. The clock of the machine that signed is wrong"),
			fix:   steps(do(finding.T("Compare the clock with the true time, and correct it (NTP)."), finding.Run("date -u"))), reference: page,
		},
		"aws-access-denied": {
			title: finding.T("AWS does not permit the request for a credential"),
			means: finding.T("AWS knows the caller, and the caller's policies or the trust policy of the role do not allow the request. The API server judged nothing"),
			fix:   steps(whoami, say(finding.T("Ask an administrator of the AWS account to allow the named action for this caller. For a role, its trust policy must also name the caller."))), reference: page,
		},
		"aws-mfa": {
			title: finding.T("the AWS role requires a code of a second factor"),
			means: finding.T("The profile has `mfa_serial`, and the program cannot prompt for the code, or the code was wrong"),
			fix:   steps(do(finding.T("Run an AWS command in a terminal once, and enter the code. The AWS CLI then keeps the session in its cache."), finding.Run("aws sts get-caller-identity").Word("--profile").Word("PROFILE"))), reference: page,
		},
		"aws-no-cluster": {
			title: finding.T("AWS does not know the cluster in this region and account"),
			fix:   steps(do(finding.T("Compare the cluster's name, region and account with those in the kubeconfig's `exec` section."), finding.Run("aws eks list-clusters"))), reference: page,
		},
		"aws-no-region": {
			title: finding.T("the AWS region is not set"),
			fix:   steps(do(finding.T("Write the kubeconfig again with the region, or set AWS_REGION for the client that failed."), finding.Run("aws eks update-kubeconfig --name CLUSTER --region REGION"))), reference: page,
		},
		"aws-cli-old": {
			title: finding.T("the AWS CLI is too old to create tokens for EKS"),
			fix:   steps(do(finding.T("Update the AWS CLI to version 2. `aws eks get-token` exists since the versions 1.16.156 and 2.0."), finding.Run("aws --version"))), reference: page,
		},
		"aws-error": {
			title: finding.T("AWS rejected the request for a credential"),
			means: finding.T("The code in parentheses is the reason of AWS. The API server judged nothing"),
			fix:   steps(whoami, byHand()), reference: page,
		},
		"aws-iam-authenticator": {
			title: finding.T("aws-iam-authenticator got no credentials from AWS"),
			fix:   steps(whoami, byHand()), reference: "https://github.com/kubernetes-sigs/aws-iam-authenticator",
		},
		"aws-iam-authenticator-cluster": {
			title: finding.T("the arguments for aws-iam-authenticator have no cluster"),
			fix:   steps(do(finding.T("Add `-i CLUSTER` to `args` in the kubeconfig's `exec` section, or write the kubeconfig again."), finding.Run("aws eks update-kubeconfig --name CLUSTER"))), reference: "https://github.com/kubernetes-sigs/aws-iam-authenticator",
		},
	}
}

// ofGoogle has the reasons of gcloud and of gke-gcloud-auth-plugin.
func ofGoogle() map[errortext.Key]explanation {
	const page = "https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl"
	login := do(finding.T("Log in again, in a terminal of the user who runs the client. For programs, use `gcloud auth activate-service-account` instead."), finding.Run("gcloud auth login"))
	return map[errortext.Key]explanation{
		"gcloud-login": {
			title: finding.T("gcloud needs a new login"),
			means: finding.T("Google no longer accepts gcloud's refresh token, or requires a reauthentication that a plugin cannot prompt for"),
			fix:   steps(login, do(finding.T("If the program uses application default credentials, renew those."), finding.Run("gcloud auth application-default login"))), reference: page,
		},
		"gcloud-network": {
			title: finding.T("gcloud cannot reach Google"),
			means: finding.T("gcloud got no answer to the request for a new token. The message proves no expired login"),
			fix: steps(do(finding.T("As the user who runs the client, check the network, the DNS and the proxy settings of gcloud."), finding.Run("gcloud info --run-diagnostics")),
				do(finding.T("If gcloud uses a proxy, compare its settings."), finding.Run("gcloud config list"))), reference: page,
		},
		"gcloud-folder": {
			title: finding.T("gcloud cannot use its configuration folder"),
			means: finding.T("gcloud keeps its login in ~/.config/gcloud, or in the folder that CLOUDSDK_CONFIG names. The user of the client cannot read or write there. A container or a service often has no home folder"),
			fix: steps(say(finding.T("Set CLOUDSDK_CONFIG to a folder that the user can write, with the login of that user in it. If another user created the files, change their owner.")),
				do(finding.T("Check the folder in the environment of the client that failed."), finding.Run("gcloud info"))), reference: page,
		},
		"gke-plugin-old": {
			title: finding.T("the plugin cannot use the access token that gcloud was given"),
			means: finding.T("gcloud has a fixed access token (auth/access_token_file), which has no expiry time. Old releases of gke-gcloud-auth-plugin require one"),
			fix:   steps(do(finding.T("Update the plugin."), finding.Run("gcloud components update")), say(finding.T("Then give the token in CLOUDSDK_AUTH_ACCESS_TOKEN. Or use a login of gcloud instead of the token."))), reference: page,
		},
		"gcloud-crashed": {
			title: finding.T("gcloud crashed"),
			means: finding.T("The message is an error in gcloud or in its Python, not an answer about the credential"),
			fix: steps(do(finding.T("Update gcloud. If CLOUDSDK_PYTHON is set, it must name a Python that gcloud supports."), finding.Run("gcloud components update")),
				do(finding.T("Then log in again."), finding.Run("gcloud auth login"))), reference: page,
		},
		"gcloud-adc": {
			title: finding.T("Google's application default credentials are missing"),
			means: finding.T("The program looks in GOOGLE_APPLICATION_CREDENTIALS, in gcloud's file for application default credentials, and at the metadata server"),
			fix:   steps(do(finding.T("Create application default credentials for this user, or give the program the path of a credential file."), finding.Run("gcloud auth application-default login"))), reference: page,
		},
		"gcloud-not-found": {
			title: finding.T("gke-gcloud-auth-plugin cannot find gcloud"),
			means: finding.T("gke-gcloud-auth-plugin runs gcloud, and gcloud is not on the PATH of the program that started it (exit status 127). A program started from a desktop has another PATH than your shell"),
			fix: steps(do(finding.T("Find gcloud in your shell, and add its folder to the PATH of the program that failed. On macOS and Linux, a link in /usr/local/bin is enough."), finding.Run("command -v gcloud")),
				say(finding.T("Or start the program from a terminal. In a container, install the Google Cloud CLI."))), reference: page,
		},
		"gcloud-permission": {
			title: finding.T("gke-gcloud-auth-plugin has no permission to run gcloud"),
			means: finding.T("gcloud exists, and cannot be executed (exit status 126)"),
			fix:   steps(say(finding.T("Check the permissions of gcloud and of its folder. On macOS, move the Google Cloud CLI out of Downloads, Documents and Desktop, or allow the program that failed to read them."))), reference: page,
		},
		"gke-plugin": {
			title: finding.T("gke-gcloud-auth-plugin got no token from gcloud"),
			fix: steps(do(finding.T("Run the command that the plugin runs. It prints the reason."), finding.Run("gcloud config config-helper --format=json")),
				do(finding.T("Most often, a new login is needed."), finding.Run("gcloud auth login"))), reference: page,
		},
	}
}

// ofAzure has the reasons of Azure's kubelogin and of the Azure CLI.
func ofAzure() map[errortext.Key]explanation {
	const page = "https://azure.github.io/kubelogin/"
	convert := do(finding.T("Write the login method that fits into the kubeconfig (devicecode, interactive, azurecli, spn, workloadidentity or msi)."), finding.Run("kubelogin convert-kubeconfig -l azurecli"))
	return map[errortext.Key]explanation{
		"az-not-found": {
			title: finding.T("the Azure CLI is not found on the PATH"),
			means: finding.T("The kubeconfig lets kubelogin take the token from the Azure CLI. The program `az` is not installed, or is not on the PATH of the client that failed. kubelogin as a snap cannot see it"),
			fix:   steps(say(finding.T("Install the Azure CLI, and add its folder to the PATH of the client that failed. If kubelogin is a snap, install it with `az aks install-cli` instead.")), convert), reference: page,
		},
		"aks-no-local-account": {
			title: finding.T("the cluster has no local accounts"),
			means: finding.T("`--admin` asks for the client certificate of a local account, and the local accounts of this AKS cluster are disabled"),
			fix:   steps(do(finding.T("Write the kubeconfig without `--admin`, and log in with Microsoft Entra ID."), finding.Run("az aks get-credentials --resource-group GROUP --name CLUSTER").And(finding.Run("kubelogin convert-kubeconfig -l azurecli")))), reference: "https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad",
		},
		"aks-no-cluster": {
			title: finding.T("Azure does not know the cluster in this resource group"),
			means: finding.T("The cluster has another name or resource group, or is in another subscription than that of the Azure CLI"),
			fix:   steps(do(finding.T("List the clusters of the subscription."), finding.Run("az aks list --output table")), do(finding.T("If the list lacks the cluster, change the subscription."), finding.Run("az account set --subscription SUBSCRIPTION"))), reference: "https://learn.microsoft.com/cli/azure/aks",
		},
		"kubelogin-exec-info": {
			title: finding.T("Azure's kubelogin got no ExecCredential from the client"),
			means: finding.T("kubelogin reads the API version from KUBERNETES_EXEC_INFO, which client-go sets for an exec plugin. The variable is empty or has another form"),
			fix:   steps(say(finding.T("Let kubectl run the plugin, and remove KUBERNETES_EXEC_INFO from the environment. If you run kubelogin by hand, set the variable as client-go does, or update kubelogin."))), reference: page,
		},
		"aks-denied": {
			title: finding.T("Azure does not permit the request for the kubeconfig"),
			means: finding.T("Azure knows the user, who lacks the role for this action on the cluster. No API server has seen a request"),
			fix: steps(do(finding.T("Check which user and subscription the Azure CLI uses."), finding.Run("az account show")),
				say(finding.T("Ask an administrator of the cluster's resource group for the role \"Azure Kubernetes Service Cluster User Role\". For Azure Arc, it is \"Azure Arc Enabled Kubernetes Cluster User Role\". Then run `az login` again."))), reference: "https://learn.microsoft.com/azure/aks/control-kubeconfig-access",
		},
		"az-login": {
			title: finding.T("the Azure CLI needs a new login"),
			fix:   steps(do(finding.T("Log in, as the user who runs the client and with the same AZURE_CONFIG_DIR."), finding.Run("az login"))), reference: page,
		},
		"azure-tenant-of-msi": {
			title: finding.T("a tenant is set for a managed identity"),
			fix:   steps(say(finding.T("Remove `--tenant-id` from the arguments in the kubeconfig's `exec` section, or update kubelogin.")), convert), reference: page,
		},
		"azure-msi": {
			title: finding.T("the managed identity returned no token"),
			means: finding.T("The metadata service of the machine does not answer, or no such identity is assigned to the machine"),
			fix:   steps(say(finding.T("Check that the machine runs in Azure, that the identity is assigned to it, and that `--client-id` names that identity. A proxy must not be used for 169.254.169.254.")), convert), reference: page,
		},
		"azure-workload-identity": {
			title: finding.T("the Pod has no settings of Azure workload identity"),
			means: finding.T("The variables AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE come from the webhook of Azure workload identity, and one of them is missing"),
			fix:   steps(say(finding.T("Add the label `azure.workload.identity/use: \"true\"` to the Pod, and the annotation `azure.workload.identity/client-id` to its ServiceAccount. Then create the Pod again."))), reference: "https://azure.github.io/azure-workload-identity/docs/",
		},
		"azure-device-code": {
			title: finding.T("the device code login was not finished in time"),
			fix:   steps(say(finding.T("Repeat the request in a terminal, open the page that the plugin prints, and enter the code within 15 minutes. If the plugin stops earlier, raise its `--timeout`.")), convert), reference: page,
		},
		"azure-browser": {
			title: finding.T("Azure's login cannot open a browser"),
			fix:   steps(do(finding.T("Use a login method without a browser, for example a device code."), finding.Run("kubelogin convert-kubeconfig -l devicecode"))), reference: page,
		},
		"azure-credential": {
			title: finding.T("Azure's login returned no token"),
			fix:   steps(do(finding.T("Log in again, if a user logs in."), finding.Run("az login")), convert, byHand()), reference: page,
		},
		"kubelogin-arguments": {
			title: finding.T("the arguments for Azure's kubelogin are not valid"),
			fix: steps(say(finding.T("Add the missing argument to `args` in the kubeconfig's `exec` section (`--server-id`, `--client-id`, `--tenant-id`), or set its variable for the client that failed.")),
				do(finding.T("Or write the kubeconfig again with `az aks get-credentials`, and convert it."), finding.Run("kubelogin convert-kubeconfig -l azurecli"))), reference: page,
		},
		"kubelogin-cache": {
			title: finding.T("Azure's kubelogin cannot use its token cache"),
			fix:   steps(do(finding.T("Check that this user can write the cache folder (~/.kube/cache/kubelogin). Delete the cache, and log in again."), finding.Run("kubelogin remove-cache-dir"))), reference: page,
		},
		"kubelogin": {
			title: finding.T("Azure's kubelogin got no token"),
			fix:   steps(do(finding.T("Log in again, if a user logs in."), finding.Run("az login")), convert, byHand()), reference: page,
		},
	}
}

// ofEntra has the reasons of Microsoft Entra ID, by groups of its error codes.
func ofEntra() map[errortext.Key]explanation {
	const codes = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
	const federation = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
	inspect := showToken()
	list := do(finding.T("Show the federated credentials of the application. A managed identity has them under `az identity federated-credential list`."), finding.Run("az ad app federated-credential list --id CLIENT_ID"))
	login := do(finding.T("Log in again, in a terminal."), finding.Run("az login"))
	account := do(finding.T("Check which user and tenant the login uses."), finding.Run("az account show"))
	interactive := do(finding.T("For kubelogin, use a login with a browser on this device: a device code does not satisfy such policies."), finding.Run("kubelogin convert-kubeconfig -l interactive"))
	secret := do(finding.T("Create a new client secret of the application, and give it to the client (AZURE_CLIENT_SECRET, or AAD_SERVICE_PRINCIPAL_CLIENT_SECRET for kubelogin). Wait some minutes."), finding.Run("az ad app credential reset --id CLIENT_ID --append"))
	return map[errortext.Key]explanation{
		"entra-issuer": {
			title: finding.T("Microsoft Entra ID does not trust the token's issuer"),
			means: finding.T("No federated credential of the application has this issuer. The issuers must match exactly; a slash at the end counts, and the issuer of AKS ends with one"),
			fix:   steps(list, inspect), reference: federation,
		},
		"entra-audience": {
			title: finding.T("Microsoft Entra ID expects another audience in the token"),
			means: finding.T("No federated credential of the application has this audience. The usual audience is api://AzureADTokenExchange"),
			fix:   steps(say(finding.T("Request the token for the audience of the federated credential. In a Pod, use the token at AZURE_FEDERATED_TOKEN_FILE, not the default token.")), list), reference: federation,
		},
		"entra-subject": {
			title: finding.T("no federated credential in Entra ID has the token's subject"),
			means: finding.T("The subject must match exactly: system:serviceaccount:NAMESPACE:NAME. Wildcards are not supported"),
			fix:   steps(list, inspect), reference: federation,
		},
		"entra-federated": {
			title: finding.T("Microsoft Entra ID has no federated credential for the token"),
			means: finding.T("The token's issuer, subject and audience must all match one federated credential exactly. A new federated credential takes some minutes to work"),
			fix:   steps(list, inspect), reference: federation,
		},
		"entra-issuer-unreachable": {
			title: finding.T("Microsoft Entra ID cannot read the issuer's documents"),
			means: finding.T("Microsoft Entra ID reads the issuer's discovery document and keys over the internet"),
			fix:   steps(readIssuer()), reference: federation,
		},
		"entra-assertion-times": {
			title: finding.T("the assertion for Microsoft Entra ID is outside its lifetime"),
			means: finding.T("The message has the current time and the lifetime of the assertion. Usually, a program read the token file once and kept the token. A wrong clock is another reason"),
			fix:   steps(say(finding.T("Read the token file again for each exchange; the kubelet replaces its content. Update the Azure SDK if it keeps an old token.")), inspect), reference: codes,
		},
		"entra-assertion-signature": {
			title: finding.T("Microsoft Entra ID cannot verify the assertion's signature"),
			means: finding.T("The key that signed the assertion is not among the published keys of the issuer, or not among the certificates of the application"),
			fix: steps(do(finding.T("For a federated token, compare its kid with the issuer's keys."), finding.Run("kubectl authn verify -f token.txt --issuer-url ISSUER")),
				say(finding.T("For a client certificate, upload the certificate to the application, or use the one that is registered."))), reference: codes,
		},
		"entra-assertion-malformed": {
			title: finding.T("Microsoft Entra ID cannot use the assertion"),
			means: finding.T("The assertion is not a signed JWT of an external issuer, or was cut"), fix: steps(inspect), reference: codes,
		},
		"entra-secret-wrong": {
			title: finding.T("Microsoft Entra ID does not accept the client secret"),
			means: finding.T("The client secret is not of this application. A frequent mistake is the secret's ID in place of its value"),
			fix:   steps(say(finding.T("Use the value of the client secret, not its ID, and check that the client ID is of the same application.")), secret), reference: codes,
		},
		"entra-secret-expired": {title: finding.T("the client secret has expired"), fix: steps(secret), reference: codes},
		"entra-client-certificate": {
			title: finding.T("Microsoft Entra ID rejects the application's certificate"),
			means: finding.T("The application proves itself with a JWT that its own key signs. The certificate of the key is not registered or has expired, or the JWT is for another client ID or tenant"),
			fix: steps(do(finding.T("Compare the thumbprint and the dates of the client's certificate with the certificates of the application."), finding.Run("az ad app credential list --id CLIENT_ID --cert")),
				say(finding.T("Upload the certificate to the application, or use the one that is registered. The first certificate in the client's file must be that of the key."))), reference: codes,
		},
		"entra-public-client": {
			title: finding.T("the application is public, and the client sent a secret"),
			means: finding.T("Public clients, such as a login in a browser or with a device code, have no secret"),
			fix:   steps(say(finding.T("Remove the client secret from the client. For a login as the application, register the redirect URL for the platform \"Web\", and disable \"Allow public client flows\"."))), reference: codes,
		},
		"entra-tenant-policy": {
			title: finding.T("a policy does not allow access to the tenant"),
			means: finding.T("Restrictions of the network's proxy, or the policies of one of the tenants about other tenants, block the login"),
			fix:   steps(account, say(finding.T("Ask an administrator of your own tenant. Send the code, the time and the Correlation ID."))), reference: codes,
		},
		"entra-on-premises": {
			title: finding.T("the user's own directory did not confirm the login"),
			means: finding.T("Microsoft Entra ID passes the login to another system: an Active Directory, or a federated identity provider"),
			fix:   steps(interactive, say(finding.T("If the error persists, ask an administrator of that directory. Send the code, the time and the Correlation ID."))), reference: codes,
		},
		"entra-secret-missing": {
			title: finding.T("Microsoft Entra ID expects a client secret or an assertion"),
			means: finding.T("The application is confidential: the client sent no secret, or public client flows are disabled"),
			fix:   steps(say(finding.T("Send the client secret or assertion of the application. For a login by a user, enable \"Allow public client flows\" in the application's settings."))), reference: codes,
		},
		"entra-application": {
			title: finding.T("Microsoft Entra ID does not find the application"),
			means: finding.T("The client ID is wrong, or the application is in another tenant, or is disabled"),
			fix:   steps(do(finding.T("Compare the client ID and the tenant ID of the client with the application."), finding.Run("az ad app show --id CLIENT_ID"))), reference: codes,
		},
		"entra-tenant": {
			title: finding.T("Microsoft Entra ID does not know the tenant"),
			fix:   steps(do(finding.T("Compare the tenant ID and the cloud (`--environment`, AZURE_AUTHORITY_HOST) of the client with your own."), finding.Run("az account show"))), reference: codes,
		},
		"entra-resource": {
			title: finding.T("Microsoft Entra ID does not find the requested resource"),
			means: finding.T("The server ID or the scope is wrong, or the resource's application was not consented to in this tenant"),
			fix:   steps(say(finding.T("Check `--server-id` and `--tenant-id` in the kubeconfig's `exec` section. The server ID of AKS is 6dae42f8-4368-4678-94ff-3960e28e3630."))), reference: codes,
		},
		"entra-redirect": {
			title: finding.T("the application does not allow the redirect URL of the login"),
			fix:   steps(say(finding.T("Add the redirect URL from the message to the application, with the platform that fits (\"Mobile and desktop applications\" for http://localhost)."))), reference: codes,
		},
		"entra-login-expired": {
			title: finding.T("the login with Microsoft Entra ID has expired"),
			means: finding.T("The refresh token or session has expired, was revoked, or the password was changed"),
			fix:   steps(login, do(finding.T("If kubelogin has its own login, delete its tokens. The next command logs in."), finding.Run("kubelogin remove-cache-dir"))), reference: codes,
		},
		"entra-interaction": {
			title: finding.T("Microsoft Entra ID requires an interactive login"),
			means: finding.T("A second factor, a choice or a confirmation is required, which no cached token and no password alone can give"),
			fix:   steps(login, interactive, say(finding.T("For programs, use a service principal, a managed identity or workload identity instead of a user."))), reference: codes,
		},
		"entra-conditional-access": {
			title: finding.T("a Conditional Access policy blocks the login"),
			means: finding.T("A policy of the tenant requires, for example, a managed device, a location or a login method, and this login does not satisfy it"),
			fix:   steps(interactive, say(finding.T("If the policy still blocks the login, ask an administrator of the tenant. Send the code, the time and the Correlation ID: the sign-in logs name the policy."))), reference: codes,
		},
		"entra-device-code": {
			title: finding.T("the device code login was not finished in time"),
			fix:   steps(say(finding.T("Repeat the request in a terminal, open the page that the plugin prints, and enter the code in time.")), interactive), reference: codes,
		},
		"entra-password": {
			title: finding.T("Microsoft Entra ID rejects the user name or the password"),
			fix:   steps(say(finding.T("Check the user name and the password. An expired password must be changed first; a locked account becomes usable again after some time.")), login), reference: codes,
		},
		"entra-user": {
			title: finding.T("the user may not log in to this application or tenant"),
			means: finding.T("The user is of another tenant, is disabled or deleted, or is not assigned to the application"),
			fix: steps(account,
				say(finding.T("Ask an administrator of the tenant to invite the user, or to assign the user to the application."))), reference: codes,
		},
		"entra-consent": {
			title: finding.T("consent for the application is missing"),
			fix:   steps(say(finding.T("Log in interactively and accept, or ask an administrator of the tenant to grant consent for the application that the message names.")), interactive), reference: codes,
		},
		"entra-unavailable": {
			title: finding.T("Microsoft Entra ID is temporarily not available"),
			fix:   steps(say(finding.T("Repeat the request later. If the error persists, send the Trace ID and the time from the message to Microsoft."))), reference: codes,
		},
		"entra": {
			title: finding.T("Microsoft Entra ID rejected the request for a token"),
			fix:   steps(say(finding.T("Look up the code at https://login.microsoftonline.com/error, and correct what the message names. To find the attempt in the tenant's sign-in logs, search for the Correlation ID."))), reference: codes,
		},
	}
}

// ofOIDC has the reasons of int128/kubelogin (oidc-login), and of identity providers.
func ofOIDC() map[errortext.Key]explanation {
	const page = "https://github.com/int128/kubelogin/blob/master/docs/usage.md"
	const codes = "RFC 6749, section 5.2"
	clean := do(finding.T("Delete the cached tokens of int128/kubelogin. The next command logs in again."), finding.Run("kubectl oidc-login clean"))
	again := say(finding.T("Log in again with the program that got the credential, such as the exec plugin of the kubeconfig."))
	return map[errortext.Key]explanation{
		"no-browser": {
			title: finding.T("the plugin found no browser on this machine"),
			means: finding.T("The plugin ran and wanted to open the login page. A server, a container or a WSL without a desktop has no browser"),
			fix: steps(say(finding.T("Open the URL that the plugin prints in a browser of this machine, if there is one. `--skip-open-browser` stops the attempt.")),
				say(finding.T("Without a browser, use `--grant-type=device-code` or `--grant-type=authcode-keyboard` in `args` of the kubeconfig's `exec` section, and finish the login on another machine."))), reference: page,
		},
		"port-in-use": {
			title: finding.T("the plugin cannot listen for the answer of the login"),
			means: finding.T("The plugin waits on a local port for the browser's redirect, by default 8000 or 18000, and the port is in use or not permitted. A second plugin that waits for a login has the same effect"),
			fix:   steps(say(finding.T("Stop the other program that uses the port, or another waiting plugin. Or set another port with `--listen-address`, and register its redirect URL with the identity provider."))), reference: page,
		},
		"login-not-finished": {
			title: finding.T("the login was not finished in time"),
			means: finding.T("The plugin waited for the browser or the device code and got no answer"),
			fix:   steps(say(finding.T("Repeat the request in a terminal, and finish the login in the browser. The browser must reach the plugin's local port. For a slow login, raise `--authentication-timeout-sec`."))), reference: page,
		},
		"provider-denied": {
			title: finding.T("the identity provider did not permit the login"),
			means: finding.T("The login was cancelled, or the user is not allowed to use this client, or consent is missing"),
			fix:   steps(say(finding.T("Repeat the login as a user who may use the client. If the message persists, ask an administrator of the identity provider, and send the message and the time."))), reference: codes,
		},
		"oidc-state": {
			title: finding.T("the answer of the login belongs to another attempt"),
			fix:   steps(say(finding.T("Close the other login pages, and repeat the request."))), reference: page,
		},
		"oidc-no-id-token": {
			title: finding.T("the identity provider returned no ID token"),
			means: finding.T("The scope `openid` was not requested or is not allowed for the client, or the provider supports only OAuth 2.0"),
			fix:   steps(say(finding.T("Check that the issuer URL is of an OpenID Connect provider, and that the client may request the scope `openid`. Then log in again."))), reference: page,
		},
		"oidc-keyring": {
			title: finding.T("the plugin cannot use the keyring of this machine"),
			means: finding.T("The plugin keeps its tokens in the keyring of the desktop, and a server or a container has none"),
			fix:   steps(say(finding.T("Add `--token-cache-storage=disk` to `args` of the kubeconfig's `exec` section. The tokens are then in ~/.kube/cache/oidc-login.")), byHand()), reference: page,
		},
		"oidc-cache":     {title: finding.T("the plugin cannot use its token cache"), fix: steps(clean, say(finding.T("Check that this user can write the cache folder (~/.kube/cache/oidc-login)."))), reference: page},
		"oidc-arguments": {title: finding.T("the arguments for oidc-login are incomplete or invalid"), fix: steps(say(finding.T("Correct `args` in the kubeconfig's `exec` section. They need at least `--oidc-issuer-url` and `--oidc-client-id`.")), byHand()), reference: page},
		"oidc-terminal": {
			title: finding.T("the plugin prompts, and there is no terminal"),
			fix:   steps(say(finding.T("Run the command in a terminal. For programs, use a ServiceAccount token or `--grant-type=client-credentials` instead."))), reference: page,
		},
		"oidc-discovery": {
			title: finding.T("the plugin cannot read the provider's discovery document"),
			means: finding.T("The connection that failed is the plugin's own, to the issuer, and not the one to the API server"),
			fix: steps(do(finding.T("Check the issuer's documents from the same machine."), finding.Run("kubectl authn discover --issuer-url ISSUER")),
				say(finding.T("If a private CA signed the issuer's certificate, add `--certificate-authority=FILE` to `args` of the kubeconfig's `exec` section."))), reference: page,
		},
		"oidc-login": {title: finding.T("the login with OpenID Connect failed"), fix: steps(clean, byHand()), reference: page},
		"oauth-invalid-grant": {
			title: finding.T("the identity provider rejected the refresh token or login"),
			means: finding.T("The refresh token or code has expired, was revoked or was already used, or belongs to another client (`invalid_grant`)"),
			fix:   steps(again, clean), reference: codes,
		},
		"oauth-invalid-client": {
			title: finding.T("the identity provider rejects the client ID or client secret"),
			means: finding.T("The client is not registered, its secret is wrong or has expired, or it authenticates in another way than registered (`invalid_client`)"),
			fix:   steps(say(finding.T("Compare the client ID and the client secret of the program (for an exec plugin: `args` of the kubeconfig's `exec` section) with the identity provider. Replace an expired secret."))), reference: codes,
		},
		"oauth-unauthorized-client": {
			title: finding.T("the client may not use this login method"),
			means: finding.T("The client is registered for other grant types (`unauthorized_client`, `unsupported_grant_type`)"),
			fix:   steps(say(finding.T("Allow the grant type (authorization code, device code, refresh token) for the client at the identity provider, or use another one in the program."))), reference: codes,
		},
		"oauth-scope": {
			title: finding.T("the identity provider does not know a requested scope"),
			fix:   steps(say(finding.T("Remove the scope from the arguments (`--oidc-extra-scope`), or allow it for the client at the identity provider."))), reference: codes,
		},
		"oauth-redirect": {
			title: finding.T("the redirect URL is not registered for the client"),
			fix:   steps(say(finding.T("Register the plugin's redirect URL (by default http://localhost:8000) for the client at the identity provider."))), reference: codes,
		},
		"oauth": {title: finding.T("the identity provider returned no token"), fix: steps(again), reference: codes},
	}
}

// ofOtherPlugins has the reasons of the exec plugins of other clouds and of access proxies.
func ofOtherPlugins() map[errortext.Key]explanation {
	login := func(name string) step { return programs()[name].login }
	return map[errortext.Key]explanation{
		"oci-session":     {title: finding.T("the session or the configuration of the OCI CLI is not valid"), fix: steps(login("oci"), say(finding.T("For API keys, check that the key's fingerprint in ~/.oci/config is of an API key of the user.")))},
		"ibmcloud-login":  {title: finding.T("the IBM Cloud session has expired"), fix: steps(login("ibmcloud"))},
		"ibmcloud-plugin": {title: finding.T("the IBM Cloud CLI lacks the plugin for clusters"), fix: steps(do(finding.T("Install the plugin. The commands `ibmcloud ks` and `ibmcloud oc` are in it."), finding.Run("ibmcloud plugin install container-service")))},
		"ibmcloud-infrastructure": {title: finding.T("IBM Cloud does not accept the infrastructure credential"), means: finding.T("The API key or classic credential that IBM Cloud stores for the region and resource group lacks permissions. The message is not about a credential of a cluster's API server"), fix: steps(
			do(finding.T("As an administrator of the account, show which API key the cluster uses. Then give its owner the infrastructure permissions."), finding.Run("ibmcloud ks api-key info --cluster CLUSTER")))},
		"doctl-login": {title: finding.T("doctl has no valid access token"), fix: steps(login("doctl"))},
		"tsh-login":   {title: finding.T("the Teleport session has expired or lacks the cluster"), fix: steps(login("tsh"))},
		"vault-login": {title: finding.T("Vault does not accept the token of the client"), fix: steps(login("vault"))},
		"pinniped-anonymous": {title: finding.T("the API server rejects Pinniped's anonymous request"), means: finding.T("The plugin exchanges the user's token at the Concierge with a request that has no credential. The API server answered it with 401, as it does if anonymous requests are turned off (`--anonymous-auth=false`). The user's token was not judged"), fix: steps(
			say(finding.T("As an administrator, turn on the impersonation proxy in the cluster's CredentialIssuer. It accepts the request in place of the API server. Then write the kubeconfigs again with `pinniped get kubeconfig`."))), reference: "https://pinniped.dev/docs/background/architecture/"},
		"pinniped-concierge": {title: finding.T("Pinniped's Concierge rejects the login"), means: finding.T("The identity provider's login succeeded. The Concierge of the cluster does not accept its token, so the API server received no credential. The authenticator in the kubeconfig may not exist, or its issuer, audience or CA is another one"), fix: steps(
			do(finding.T("As an administrator, compare the authenticator's issuer, audience and status with the arguments of the exec plugin."), finding.Run("kubectl get jwtauthenticators,webhookauthenticators --output yaml")),
			do(finding.T("Write the kubeconfig again with a credential of an administrator, and use the new file."), finding.Run("pinniped get kubeconfig").Raw("> pinniped.yaml"))), reference: "https://pinniped.dev/docs/reference/cli/"},
		"pinniped": {title: finding.T("the login with Pinniped failed"), fix: steps(login("pinniped"), byHand())},
	}
}
