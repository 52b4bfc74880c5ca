package operator

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"

	v1 "kybern.io/operator/api/v1"
	"kybern.io/operator/api/v1beta1"
)

var (
	direct client.Client
	ctx    = context.Background()
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func run(m *testing.M) int {
	ctrl.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(err)
	scheme, err := Scheme()
	must(err)
	must(coordinationv1.AddToScheme(scheme))
	existing := true
	environment := &envtest.Environment{
		UseExistingCluster:       &existing,
		Config:                   config,
		Scheme:                   scheme,
		CRDInstallOptions:        envtest.CRDInstallOptions{Paths: []string{"manifests/basket.yaml"}, Scheme: scheme, ErrorIfPathMissing: true},
		WebhookInstallOptions:    envtest.WebhookInstallOptions{Paths: []string{"manifests/webhooks.yaml"}, LocalServingHost: "127.0.0.1"},
		AttachControlPlaneOutput: true,
	}
	_, err = environment.Start()
	must(err)
	serving := environment.WebhookInstallOptions
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                  scheme,
		Metrics:                 server.Options{BindAddress: "0"},
		LeaderElection:          true,
		LeaderElectionID:        "operator.shop.example.com",
		LeaderElectionNamespace: "default",
		WebhookServer: webhook.NewServer(webhook.Options{
			Host: serving.LocalServingHost, Port: serving.LocalServingPort, CertDir: serving.LocalServingCertDir,
		}),
	})
	must(err)
	must(SetUp(manager))
	direct, err = client.New(config, client.Options{Scheme: scheme})
	must(err)
	running, stop := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	go func() { stopped <- manager.Start(running) }()
	<-manager.Elected()
	must(waitFor(func() (bool, error) {
		return manager.GetWebhookServer().StartedChecker()(nil) == nil, nil
	}))
	code := m.Run()
	stop()
	must(<-stopped)
	must(environment.Stop())
	return code
}

func waitFor(done func() (bool, error)) error {
	for range 300 {
		if ok, err := done(); err != nil || ok {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return context.DeadlineExceeded
}

func basket(name string, items ...v1.Item) *v1.Basket {
	return &v1.Basket{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: v1.BasketSpec{Owner: "jane", Items: items}}
}

func eventually(t *testing.T, what string, done func() (bool, error)) {
	t.Helper()
	if err := waitFor(done); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestReconciles(t *testing.T) {
	b := basket("reconciled", v1.Item{Name: "apple", Count: 2}, v1.Item{Name: "pear"})
	must(direct.Create(ctx, b))
	if b.Spec.Items[1].Count != 1 {
		t.Fatalf("the defaulting webhook was not asked: %+v", b.Spec)
	}
	key := client.ObjectKey{Namespace: "default", Name: "reconciled-list"}
	var list corev1.ConfigMap
	eventually(t, "list", func() (bool, error) {
		err := direct.Get(ctx, key, &list)
		return err == nil, client.IgnoreNotFound(err)
	})
	if got := list.Data["list"]; got != "2 apple\n1 pear" {
		t.Fatalf("list is %q", got)
	}
	if owner := metav1.GetControllerOf(&list); owner == nil || owner.Kind != "Basket" {
		t.Fatalf("owner is %+v", owner)
	}
	eventually(t, "status", func() (bool, error) {
		err := direct.Get(ctx, client.ObjectKeyFromObject(b), b)
		return b.Status.Total == 3 && b.Status.ObservedGeneration == b.Generation, err
	})
	if !controllerutil.ContainsFinalizer(b, finalizer) {
		t.Fatal("there is no finalizer")
	}
	// What is changed behind the operator's back is put right: its cache is told of it.
	list.Data["list"] = "nothing"
	must(direct.Update(ctx, &list))
	eventually(t, "list put right", func() (bool, error) {
		err := direct.Get(ctx, key, &list)
		return list.Data["list"] == "2 apple\n1 pear", err
	})
	must(direct.Delete(ctx, b))
	eventually(t, "deletion", func() (bool, error) {
		err := direct.Get(ctx, client.ObjectKeyFromObject(b), b)
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	})
}

func TestConverts(t *testing.T) {
	old := &v1beta1.Basket{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "converted"},
		Spec:       v1beta1.BasketSpec{Customer: "jim", Things: []string{"plum:4", "fig"}},
	}
	must(direct.Create(ctx, old))
	// Admission is asked in the version that it knows, and its answer comes back in that of the request.
	if got := strings.Join(old.Spec.Things, " "); got != "plum:4 fig:1" {
		t.Fatalf("things are %q", got)
	}
	var b v1.Basket
	must(direct.Get(ctx, client.ObjectKeyFromObject(old), &b))
	if b.Spec.Owner != "jim" || len(b.Spec.Items) != 2 || b.Spec.Items[0] != (v1.Item{Name: "plum", Count: 4}) {
		t.Fatalf("basket is %+v", b.Spec)
	}
	eventually(t, "update in the old version", func() (bool, error) {
		must(direct.Get(ctx, client.ObjectKeyFromObject(old), old))
		old.Spec.Things = []string{"plum:5"}
		err := direct.Update(ctx, old)
		if apierrors.IsConflict(err) {
			return false, nil
		}
		return err == nil, err
	})
	eventually(t, "status", func() (bool, error) {
		err := direct.Get(ctx, client.ObjectKeyFromObject(old), old)
		return old.Status.Total == 5, err
	})
	var all v1beta1.BasketList
	must(direct.List(ctx, &all, client.InNamespace("default")))
	if len(all.Items) == 0 {
		t.Fatal("no baskets are listed in the old version")
	}
	old.Name, old.ResourceVersion, old.UID = "broken", "", ""
	old.Spec.Things = []string{"plum:many"}
	if err := direct.Create(ctx, old); err == nil || !strings.Contains(err.Error(), `thing "plum:many" has no count`) {
		t.Fatalf("error is %v", err)
	}
	must(direct.Delete(ctx, &b))
}

func TestValidates(t *testing.T) {
	b := basket("validated", v1.Item{Name: "apple", Count: 2})
	b.Labels = map[string]string{"keep": "true"}
	must(direct.Create(ctx, b))
	refused := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("error is %v, not %q", err, want)
		}
	}
	refused(direct.Patch(ctx, b, client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"owner":"jim"}}`))),
		`admission webhook "validate.shop.example.com" denied the request: a basket keeps its owner`)
	refused(direct.Delete(ctx, b), "the basket is to be kept")
	refused(direct.Create(ctx, basket("wrong", v1.Item{Name: "apple", Count: 100})), "should be less than or equal to 99")
	refused(direct.Create(ctx, basket("twice", v1.Item{Name: "a"}, v1.Item{Name: "a"})), "Duplicate value")
	must(direct.Patch(ctx, b, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":null}}`))))
	must(direct.Delete(ctx, b))
}

func TestLeads(t *testing.T) {
	var lease coordinationv1.Lease
	must(direct.Get(ctx, client.ObjectKey{Namespace: "default", Name: "operator.shop.example.com"}, &lease))
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity == "" {
		t.Fatalf("nobody holds the lease: %+v", lease.Spec)
	}
}
