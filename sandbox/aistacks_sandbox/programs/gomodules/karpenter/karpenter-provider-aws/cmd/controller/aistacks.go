// Laid beside the controller's own main when the sandbox builds it.

package main

import (
	"fmt"
	"net"
	"os"

	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	coreoperator "sigs.k8s.io/karpenter/pkg/operator"
)

func init() {
	// The controller itself has no flag that tells its version.
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(coreoperator.Version)
		os.Exit(0)
	}
	// Metrics and health are given a port and no address, which would open them on every interface.
	ctrl.NewManager = func(config *rest.Config, options manager.Options) (manager.Manager, error) {
		options.Metrics.BindAddress = onLoopback(options.Metrics.BindAddress)
		options.HealthProbeBindAddress = onLoopback(options.HealthProbeBindAddress)
		return manager.New(config, options)
	}
}

func onLoopback(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return net.JoinHostPort("127.0.0.1", port)
}
