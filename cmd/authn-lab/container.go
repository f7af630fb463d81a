package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

type containerOptions struct {
	dir, namespace string
	programs       []string
	files          []string
	mode           string
	exited         bool
	stderrFile     string
	container
}

func newContainerCommand() *cobra.Command {
	var o containerOptions
	cmd := &cobra.Command{
		Use:   "container POD[/CONTAINER]",
		Short: "Run a container of a Pod, for kubectl exec",
		Long: `Run a container of a Pod that is assigned to the node lab-node (spec.nodeName), so that kubectl exec can run commands in it.
Its file system has the files of --file, and its image has the programs of --programs. The command sets the status of the Pod,
as a kubelet does. Run it again to replace the container.

The lab does not project tokens into containers: add them with --file.`,
		Example: `  kubectl create token robot --bound-object-kind Pod --bound-object-name web > token
  authn-lab container web --file /var/run/secrets/kubernetes.io/serviceaccount/token=token
  kubectl exec web -- cat /var/run/secrets/kubernetes.io/serviceaccount/token

  # an image without programs; an image that runs as a user who cannot read the file
  authn-lab container web --programs "" --file /token=token
  authn-lab container web --user 65532 --mode 0600 --file /token=token`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("container takes one POD or POD/CONTAINER, got %d arguments", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	addDirFlag(cmd, &o.dir)
	cmd.Flags().StringVarP(&o.namespace, "namespace", "n", "default", "The Pod's namespace")
	cmd.Flags().StringSliceVar(&o.programs, "programs", []string{"cat", "sh"}, "The programs of the image: cat, sh, busybox")
	cmd.Flags().StringArrayVar(&o.files, "file", nil, "PATH=FILE: a path in the container, and the file with its content (repeatable)")
	cmd.Flags().StringVar(&o.mode, "mode", "0644", "The mode of the files, which belong to root")
	cmd.Flags().IntVar(&o.User, "user", 0, "The user that programs run as")
	cmd.Flags().StringVar(&o.Runtime, "runtime", "containerd", "The runtime whose error messages a missing program has: containerd or cri-o")
	cmd.Flags().StringVar(&o.stderrFile, "stderr-file", "", "A file whose content each program writes to standard error first")
	cmd.Flags().StringArrayVar(&o.Env, "env", nil, "NAME=VALUE sets a variable, NAME- removes it (repeatable)")
	cmd.Flags().BoolVar(&o.exited, "exited", false, "The container has ended")
	return cmd
}

func (o *containerOptions) run(cmd *cobra.Command, argument string) error {
	dir, err := newLabDir(o.dir)
	if err != nil {
		return err
	}
	if !slices.Contains(containerRuntimes, o.Runtime) {
		return usagef("--runtime takes %s, got %q", strings.Join(containerRuntimes, " or "), o.Runtime)
	}
	for _, p := range o.programs {
		if !slices.Contains(containerPrograms, p) {
			return usagef("--programs takes any of %s, got %q", strings.Join(containerPrograms, ", "), p)
		}
	}
	mode, err := strconv.ParseUint(o.mode, 8, 9)
	if err != nil {
		return usagef("--mode takes an octal mode, got %q", o.mode)
	}
	config, err := clientcmd.BuildConfigFromFlags("", dir.adminKubeconfig())
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	name, which, _ := strings.Cut(argument, "/")
	pod, err := client.CoreV1().Pods(o.namespace).Get(cmd.Context(), name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if pod.Spec.NodeName != nodeName {
		return fmt.Errorf("pod %s is not assigned to the node: its spec needs nodeName: %s", name, nodeName)
	}
	if which == "" {
		which = pod.Spec.Containers[0].Name
	}
	if o.stderrFile != "" {
		said, err := os.ReadFile(o.stderrFile)
		if err != nil {
			return err
		}
		o.Stderr = string(said)
	}
	if err := o.write(dir.containerDir(o.namespace, name, which), fs.FileMode(mode)); err != nil {
		return err
	}
	if err := setStatus(pod, which, !o.exited); err != nil {
		return err
	}
	_, err = client.CoreV1().Pods(o.namespace).UpdateStatus(cmd.Context(), pod, metav1.UpdateOptions{})
	return err
}

// write creates the container's folder, or replaces it.
func (o *containerOptions) write(dir string, mode fs.FileMode) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "root"), 0o700); err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Join(dir, "root"))
	if err != nil {
		return err
	}
	defer root.Close()
	for _, file := range o.files {
		inside, from, ok := strings.Cut(file, "=")
		inside = strings.TrimPrefix(inside, "/")
		if !ok || inside == "" {
			return usagef("--file takes PATH=FILE, got %q", file)
		}
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := errors.Join(root.MkdirAll(filepath.Dir(inside), 0o700), root.WriteFile(inside, data, mode), root.Chmod(inside, mode)); err != nil {
			return err
		}
	}
	o.Programs, o.Running = o.programs, !o.exited
	data, err := json.Marshal(o.container)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "container.json"), data, 0o600)
}

// setStatus sets the status of the Pod, as a kubelet does.
func setStatus(pod *corev1.Pod, name string, running bool) error {
	state := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
	if !running {
		state = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			Reason: "Completed", StartedAt: metav1.NewTime(time.Now().Add(-time.Minute)), FinishedAt: metav1.Now(), ContainerID: "authn-lab://" + name,
		}}
	}
	status := corev1.ContainerStatus{Name: name, State: state, Ready: running, Started: &running, ContainerID: "authn-lab://" + name}
	set := func(containers []corev1.Container, statuses *[]corev1.ContainerStatus) bool {
		for _, c := range containers {
			if c.Name != name {
				continue
			}
			status.Image, status.ImageID = c.Image, c.Image
			*statuses = append(slices.DeleteFunc(*statuses, func(s corev1.ContainerStatus) bool { return s.Name == name }), status)
			return true
		}
		return false
	}
	if !set(pod.Spec.Containers, &pod.Status.ContainerStatuses) && !set(pod.Spec.InitContainers, &pod.Status.InitContainerStatuses) {
		return fmt.Errorf("pod %s has no container %s", pod.Name, name)
	}
	pod.Status.Phase = corev1.PodRunning
	if pod.Status.StartTime == nil {
		now := metav1.Now()
		pod.Status.StartTime = &now
	}
	return nil
}
