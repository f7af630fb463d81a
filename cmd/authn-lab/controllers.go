package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/keyutil"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/bootstrap"
	"k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/namespace"
	serviceaccountcontroller "k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/serviceaccount"
)

// runControllers starts the parts of kube-controller-manager that authentication depends on, and returns at once. They are
// imported one by one, because kube-controller-manager itself doubles the build time. The token cleaner is omitted, because it
// deletes expired bootstrap tokens before anyone can examine them.
func (d labDir) runControllers(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	key, err := keyutil.PrivateKeyFromFile(d.keyPrefix(keySA) + ".key")
	if err != nil {
		return err
	}
	legacyTokens, err := serviceaccount.JWTTokenGenerator(serviceaccount.LegacyIssuer, key)
	if err != nil {
		return err
	}
	rootCA, err := os.ReadFile(d.servingCA())
	if err != nil {
		return err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(rootCA) {
		return fmt.Errorf("%s holds no certificate", d.servingCA())
	}

	shared := informers.NewSharedInformerFactory(client, 0)
	core := shared.Core().V1()
	logger := klog.FromContext(ctx)

	// Creates `default` in every namespace.
	serviceAccounts, err := serviceaccountcontroller.NewServiceAccountsController(logger, core.ServiceAccounts(), core.Namespaces(),
		client, serviceaccountcontroller.DefaultServiceAccountsControllerOptions())
	if err != nil {
		return err
	}
	// Fills Secrets of type kubernetes.io/service-account-token, and deletes them with their ServiceAccount.
	tokens, err := serviceaccountcontroller.NewTokensController(logger, core.ServiceAccounts(), core.Secrets(), client,
		serviceaccountcontroller.TokensControllerOptions{TokenGenerator: legacyTokens, RootCA: rootCA})
	if err != nil {
		return err
	}
	// Creates the ConfigMap kube-root-ca.crt, which projected volumes of Pods contain.
	rootCAs, err := rootcacertpublisher.NewPublisher(core.ConfigMaps(), core.Namespaces(), client, rootCA)
	if err != nil {
		return err
	}
	// Empties namespaces that are being deleted, which otherwise remain.
	namespaces := namespace.NewNamespaceController(ctx, client, metadataClient,
		client.Discovery().ServerPreferredNamespacedResources, core.Namespaces(), 0, v1.FinalizerKubernetes)
	// Aggregates the roles view, edit and admin.
	clusterRoles := clusterroleaggregation.NewClusterRoleAggregation(shared.Rbac().V1().ClusterRoles(), client.RbacV1())

	// Signs the ConfigMap cluster-info with each bootstrap token for signing.
	signer, err := bootstrap.NewSigner(client, core.Secrets(), core.ConfigMaps(), bootstrap.DefaultSignerOptions())
	if err != nil {
		return err
	}

	shared.Start(ctx.Done())
	for _, run := range []func(context.Context, int){
		serviceAccounts.Run, tokens.Run, rootCAs.Run, namespaces.Run, clusterRoles.Run,
	} {
		go run(ctx, 2)
	}
	go signer.Run(ctx)
	return nil
}
