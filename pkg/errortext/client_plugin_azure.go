package errortext

import "slices"

// pluginAzure has the messages of Azure's kubelogin, of the Azure CLI and of the Azure SDK for Go.
// The answers of Microsoft Entra ID itself are in cloud_entra.go.
//
// Azure/kubelogin pkg/internal/token, pkg/internal/options, pkg/internal/converter;
// Azure/azure-sdk-for-go sdk/azidentity; Azure/azure-cli core/auth.
func pluginAzure() []pattern {
	kubelogin, az := program{name: "Azure's kubelogin", onlyPlugin: true}, program{name: "the Azure CLI"}
	sdk := program{name: "Azure's login"}
	return slices.Concat(
		sdk.says("az-not-found", `AzureCLICredential: Azure CLI not found on path{error...}`, `AzureCLICredential: exec: "az": executable file not found in {error...}`, `Azure CLI not found on path`,
			`Azure Developer CLI not found on path`, `exec: "az": executable file not found in {path:word}`, `AzureCLICredential: {shell}: az: command not found{error...}`),
		az.says("az-login", `AzureCLICredential: ERROR: Please run 'az login' to setup account.`, `Please run 'az login' to setup account.`, `Please run 'az login' to set up account.`, `Please run 'az login'.`, `Please run 'az login'`, `Please run "az login" to setup account.`, `Please run \"az login\" to setup account.`),
		az.says("az-login", `Interactive authentication is needed. Please run:{error...}`, `Run the command below to authenticate interactively{error...}`, `AzureDeveloperCLICredential: ERROR: not logged in{error...}`,
			`Could not retrieve credential from local cache for service principal {error...}`, `does not exist in MSAL token cache. {error...}`),
		az.says("azure-tenant-of-msi", `Tenant shouldn't be specified for managed identity account`),
		az.says("azure-msi", `Failed to connect to MSI. {error...}`, `MSI endpoint is not responding. {error...}`),
		sdk.says("azure-msi", `ManagedIdentityCredential: {error...}`, `ManagedIdentityCredential authentication failed{error...}`, `failed to authenticate a system assigned identity{error...}`,
			`the requested identity isn't assigned to this resource{error...}`, `managed identity timed out. {error...}`, `Identity not found{error...}`,
			`failed to create service principal from managed identity {error...}`, `no response from the IMDS endpoint{error...}`),
		sdk.says("azure-workload-identity", `WorkloadIdentityCredential: no {error...}`, `no client ID specified. Check pod configuration {error...}`, `no tenant ID specified. Check pod configuration {error...}`,
			`no token file specified. Check pod configuration {error...}`, `failed to read service account token: open : no such file or directory`, `failed to read the service account token from the filesystem{error...}`),
		sdk.says("azure-device-code", `autorest/adal/devicetoken: Error while retrieving OAuth token: Code Expired`),
		sdk.says("azure-credential", `autorest/adal/devicetoken: {error...}`),
		sdk.says("azure-device-code", `DeviceCodeCredential: context deadline exceeded{error...}`, `code expired`, `failed to authenticate with device code{error...}`),
		sdk.says("azure-browser", `InteractiveBrowserCredential: exec: {error...}`, `InteractiveBrowserCredential: unable to open a browser{error...}`),
		sdk.wraps("azure-credential", `AzureCLICredential: {error...}`, `AzureDeveloperCLICredential: {error...}`, `ClientSecretCredential authentication failed{error...}`, `ClientSecretCredential: {error...}`,
			`ClientCertificateCredential authentication failed{error...}`, `ClientCertificateCredential: {error...}`, `WorkloadIdentityCredential authentication failed{error...}`, `WorkloadIdentityCredential: {error...}`,
			`ClientAssertionCredential authentication failed{error...}`, `DeviceCodeCredential authentication failed{error...}`, `DeviceCodeCredential: {error...}`, `InteractiveBrowserCredential authentication failed{error...}`,
			`InteractiveBrowserCredential: {error...}`, `UsernamePasswordCredential authentication failed{error...}`, `UsernamePasswordCredential: {error...}`, `EnvironmentCredential: {error...}`,
			`DefaultAzureCredential: {error...}`, `ChainedTokenCredential: {error...}`, `AzurePipelinesCredential: {error...}`, `GitHubActionsCredential: {error...}`, `AzurePowerShellCredential: {error...}`,
			`adal: Refresh request failed. {error...}`, `failed to acquire a token.`),
		kubelogin.says("kubelogin-arguments", `Error: server-id is required`, `Error: --server-id is required`, `Error: unable to run get-token: {error...}`, `serverid is required`, `clientid is required`, `clientsecret is required`,
			`tenantid is required`, `is not a supported login method. Supported methods: {error...}`, `is not a supported login method. Supported method is one of {error...}`, `is not supported. Supported method is one of {error...}`,
			`failed to create azidentity credential: {error...}`, `parameter 'identityResourceID' cannot be empty`, `pop-enabled flag is required {error...}`, `if enabling pop token mode, please provide {error...}`),
		kubelogin.beside("kubelogin-arguments", `clientID cannot be empty`, `clientSecret cannot be empty`, `clientCert cannot be empty`, `both clientSecret and clientcert cannot be empty`, `client secret and client certificate must not be set at the same time{error...}`,
			`tenantID cannot be empty`, `resourceID cannot be empty`, `serverID cannot be empty`, `federatedTokenFile cannot be empty`, `authorityHost cannot be empty`, `username cannot be empty`, `password cannot be empty`,
			`client ID cannot be empty`, `tenant ID cannot be empty`, `server ID cannot be empty`, `federated token file cannot be empty`, `authority host cannot be empty`),
		az.says("aks-no-local-account", `Getting static credential is not allowed because this cluster is set to disable local accounts{error...}`),
		az.says("aks-denied", `does not have authorization to perform action 'Microsoft.ContainerService/managedClusters/{action:word}' over scope {error...}`,
			`does not have authorization to perform action 'Microsoft.Kubernetes/connectedClusters/{action:word}' over scope {error...}`),
		az.says("aks-no-cluster", `The Resource 'Microsoft.ContainerService/managedClusters/{cluster:word}' under resource group '{group:word}' was not found{error...}`),
		kubelogin.says("kubelogin-exec-info", `cannot convert to ExecCredential: {error...}`),
		kubelogin.says("kubelogin-cache", `failed to create PoP token cache provider: {error...}`, `failed to store record: {error...}`, `unable to create token cache{error...}`, `failed to write to cache: {error...}`),
		kubelogin.wraps("kubelogin", `Error: failed to get token: {error...}`, `Error: failed to authenticate: {error...}`, `failed to get token: expected an empty error but received: {error...}`,
			`expected an empty error but received: {error...}`, `failed to refresh token: expected an empty error but received: {error...}`),
	)
}
