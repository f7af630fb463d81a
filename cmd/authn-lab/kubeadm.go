package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// The objects with which a kubeadm cluster describes its configuration: the mirror Pod of the API server, which the kubelet
// creates from its manifest, and the ConfigMap cluster-info, which is readable without authentication.

// describeCluster creates these objects. flags are the flags of the API server.
func (d labDir) describeCluster(ctx context.Context, client kubernetes.Interface, server, version string, flags []string) error {
	ca, err := os.ReadFile(d.servingCA())
	if err != nil {
		return err
	}
	info, err := clientcmd.Write(clientcmdapi.Config{Clusters: map[string]*clientcmdapi.Cluster{
		"": {Server: server, CertificateAuthorityData: ca},
	}})
	if err != nil {
		return err
	}
	const public, role = "kube-public", "kubeadm:bootstrap-signer-clusterinfo"
	_, pod := client.CoreV1().Pods("kube-system").Create(ctx, mirrorPod(version, flags), metav1.CreateOptions{})
	_, configMap := client.CoreV1().ConfigMaps(public).Create(ctx, &v1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "cluster-info"}, Data: map[string]string{"kubeconfig": string(info)},
	}, metav1.CreateOptions{})
	_, may := client.RbacV1().Roles(public).Create(ctx, &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: role},
		Rules:      []rbacv1.PolicyRule{{Verbs: []string{"get"}, APIGroups: []string{""}, Resources: []string{"configmaps"}, ResourceNames: []string{"cluster-info"}}},
	}, metav1.CreateOptions{})
	_, anybody := client.RbacV1().RoleBindings(public).Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "system:anonymous"}},
	}, metav1.CreateOptions{})
	for what, err := range map[string]*error{"the API server's Pod": &pod, "cluster-info": &configMap, "its Role": &may, "its RoleBinding": &anybody} {
		if *err != nil {
			*err = fmt.Errorf("cannot create %s: %w", what, *err)
		}
		if apierrors.IsAlreadyExists(*err) {
			*err = nil // created by an earlier attempt whose answer was lost
		}
	}
	return errors.Join(pod, configMap, may, anybody)
}

// mirrorPod is the Pod that the kubelet of a control-plane node creates for its API server.
func mirrorPod(version string, flags []string) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name:      "kube-apiserver-authn-lab",
			Namespace: "kube-system",
			Labels:    map[string]string{"component": "kube-apiserver", "tier": "control-plane"},
			Annotations: map[string]string{
				v1.MirrorPodAnnotationKey:     "authn-lab",
				"kubernetes.io/config.hash":   "authn-lab",
				"kubernetes.io/config.source": "file",
			},
		},
		Spec: v1.PodSpec{
			NodeName:    "authn-lab",
			HostNetwork: true,
			Containers: []v1.Container{{
				Name:    "kube-apiserver",
				Image:   "registry.k8s.io/kube-apiserver:" + version,
				Command: append([]string{"kube-apiserver"}, flags...),
				// The lab's API server runs on the host, with all of its files.
				VolumeMounts: []v1.VolumeMount{{Name: "host", MountPath: "/"}},
			}},
			Volumes: []v1.Volume{{Name: "host", VolumeSource: v1.VolumeSource{HostPath: &v1.HostPathVolumeSource{Path: "/"}}}},
		},
	}
}
