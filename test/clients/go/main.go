// What programs written with client-go do: informers in their three forms, leader election, retry on conflict, watch of a list.
// Prints one line for each thing that has worked, and ends with 1 at the first that has not.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
)

const namespace = "go-clients"

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	check("kubeconfig", err)
	config.QPS, config.Burst = 500, 500
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()

	// Typed clients speak protobuf, the others JSON.
	typed := rest.CopyConfig(config)
	typed.ContentType = "application/vnd.kubernetes.protobuf"
	client := kubernetes.NewForConfigOrDie(typed)
	_, err = client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	check("namespace", err)

	checkInformers(ctx, config, client)
	checkConflicts(ctx, client)
	checkApply(ctx, client)
	checkPages(ctx, client)
	checkElection(ctx, client)

	check("delete collection", client.CoreV1().ConfigMaps(namespace).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "page"}))
	left, err := client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{LabelSelector: "page"})
	check("list", err)
	expect("delete collection", len(left.Items) == 0)
	fmt.Println("done")
}

// seen holds what an informer has told, by form.
type seen struct {
	mutex sync.Mutex
	lines map[string]bool
}

func (s *seen) note(line string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.lines[line] = true
}

func (s *seen) has(line string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.lines[line]
}

func checkInformers(ctx context.Context, config *rest.Config, client kubernetes.Interface) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := &seen{lines: map[string]bool{}}
	follow := func(form string, informer cache.SharedIndexInformer) cache.InformerSynced {
		name := func(object any) string {
			if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = gone.Obj
			}
			accessor, err := meta.Accessor(object)
			check(form, err)
			return accessor.GetName()
		}
		registration, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(object any) { events.note(form + " add " + name(object)) },
			UpdateFunc: func(_, object any) { events.note(form + " update " + name(object)) },
			DeleteFunc: func(object any) { events.note(form + " delete " + name(object)) },
		})
		check(form, err)
		return registration.HasSynced
	}
	maps := client.CoreV1().ConfigMaps(namespace)
	create := func(name string) {
		_, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		check("create", err)
	}
	create("before")

	typed := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	lister := typed.Core().V1().ConfigMaps().Lister()
	partial := metadatainformer.NewFilteredSharedInformerFactory(metadata.NewForConfigOrDie(config), 0, namespace, nil)
	untyped := dynamicinformer.NewFilteredDynamicSharedInformerFactory(dynamic.NewForConfigOrDie(config), 0, namespace, nil)
	synced := []cache.InformerSynced{
		follow("typed", typed.Core().V1().ConfigMaps().Informer()),
		follow("metadata", partial.ForResource(configMaps).Informer()),
		follow("dynamic", untyped.ForResource(configMaps).Informer()),
	}
	typed.Start(ctx.Done())
	partial.Start(ctx.Done())
	untyped.Start(ctx.Done())
	expect("informers are in sync", cache.WaitForCacheSync(ctx.Done(), synced...))

	create("after")
	_, err := maps.Update(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "after"}, Data: map[string]string{"a": "1"}}, metav1.UpdateOptions{})
	check("update", err)
	until(ctx, "the update is seen", func() bool {
		return events.has("typed update after") && events.has("metadata update after") && events.has("dynamic update after")
	})
	stored, err := lister.ConfigMaps(namespace).Get("after")
	check("lister", err)
	expect("lister", stored.Data["a"] == "1")
	check("delete", maps.Delete(ctx, "after", metav1.DeleteOptions{}))
	for _, form := range []string{"typed", "metadata", "dynamic"} {
		until(ctx, form+" informer", func() bool {
			return events.has(form+" add before") && events.has(form+" add after") && events.has(form+" delete after")
		})
		fmt.Println(form + " informer")
	}
	cancel()
	typed.Shutdown()
}

// checkConflicts lets ten writers count to ten together.
func checkConflicts(ctx context.Context, client kubernetes.Interface) {
	maps := client.CoreV1().ConfigMaps(namespace)
	_, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "counter"}, Data: map[string]string{"n": ""}}, metav1.CreateOptions{})
	check("counter", err)
	stale, err := maps.Get(ctx, "counter", metav1.GetOptions{})
	check("counter", err)
	patient := retry.DefaultRetry
	patient.Steps = 50
	failures := make(chan error)
	for range 10 {
		go func() {
			failures <- retry.RetryOnConflict(patient, func() error {
				current, err := maps.Get(ctx, "counter", metav1.GetOptions{})
				if err != nil {
					return err
				}
				current.Data["n"] += "x"
				_, err = maps.Update(ctx, current, metav1.UpdateOptions{})
				return err
			})
		}()
	}
	for range 10 {
		check("retry on conflict", <-failures)
	}
	counter, err := maps.Get(ctx, "counter", metav1.GetOptions{})
	check("counter", err)
	expect("no write is lost", counter.Data["n"] == "xxxxxxxxxx")
	_, err = maps.Update(ctx, stale, metav1.UpdateOptions{})
	expect("a stale write is a conflict", apierrors.IsConflict(err))
	_, err = maps.Create(ctx, counter.DeepCopy(), metav1.CreateOptions{})
	expect("resourceVersion may not be set on a create", err != nil)
	_, err = maps.Get(ctx, "none", metav1.GetOptions{})
	expect("not found", apierrors.IsNotFound(err))
	fmt.Println("retry on conflict")
}

func checkApply(ctx context.Context, client kubernetes.Interface) {
	maps := client.CoreV1().ConfigMaps(namespace)
	configuration := applycore.ConfigMap("applied", namespace).WithData(map[string]string{"a": "1"})
	_, err := maps.Apply(ctx, configuration, metav1.ApplyOptions{FieldManager: "one"})
	check("apply", err)
	_, err = maps.Apply(ctx, configuration.WithData(map[string]string{"a": "2"}), metav1.ApplyOptions{FieldManager: "two"})
	expect("an apply of another's field is a conflict", apierrors.IsConflict(err))
	current, err := maps.Get(ctx, "applied", metav1.GetOptions{})
	check("apply", err)
	extracted, err := applycore.ExtractConfigMap(current, "one")
	check("extract", err)
	expect("extract gives what was applied", extracted.Data["a"] == "1")
	fmt.Println("apply")
}

func checkPages(ctx context.Context, client kubernetes.Interface) {
	maps := client.CoreV1().ConfigMaps(namespace)
	for i := range 25 {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("page-%02d", i), Labels: map[string]string{"page": ""}}}
		_, err := maps.Create(ctx, object, metav1.CreateOptions{})
		check("create", err)
	}
	count, next := 0, ""
	for {
		page, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "page", Limit: 10, Continue: next})
		check("page", err)
		count += len(page.Items)
		if next = page.Continue; next == "" {
			break
		}
	}
	expect("pages hold every object once", count == 25)
	table := &metav1.Table{}
	body, err := client.CoreV1().RESTClient().Get().Namespace(namespace).Resource("configmaps").
		SetHeader("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1").DoRaw(ctx)
	check("table", err)
	check("table", json.Unmarshal(body, table))
	expect("a table has a row for each", len(table.Rows) >= 25)
	fmt.Println("pages")
}

// checkElection lets two candidates stand, and the first step back.
func checkElection(ctx context.Context, client *kubernetes.Clientset) {
	leading := make(chan string, 2)
	candidate := func(ctx context.Context, identity string) {
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "leader", Namespace: namespace},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity},
		}
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock:            lock,
			ReleaseOnCancel: true,
			LeaseDuration:   3 * time.Second,
			RenewDeadline:   2 * time.Second,
			RetryPeriod:     200 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leading <- identity },
				OnStoppedLeading: func() {},
			},
		})
	}
	first, stepBack := context.WithCancel(ctx)
	go candidate(first, "first")
	expect("the first candidate leads", wait(ctx, leading) == "first")
	second, stop := context.WithCancel(ctx)
	defer stop()
	go candidate(second, "second")
	stepBack()
	expect("the second candidate follows", wait(ctx, leading) == "second")
	lease, err := client.CoordinationV1().Leases(namespace).Get(ctx, "leader", metav1.GetOptions{})
	check("lease", err)
	expect("the lease tells who leads", *lease.Spec.HolderIdentity == "second")
	fmt.Println("leader election")
}

func wait(ctx context.Context, leading <-chan string) string {
	select {
	case name := <-leading:
		return name
	case <-ctx.Done():
		return ""
	}
}

func until(ctx context.Context, what string, holds func() bool) {
	for !holds() {
		if ctx.Err() != nil {
			check(what, errors.New("not within the time"))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func expect(what string, holds bool) {
	if !holds {
		check(what, errors.New("it is not so"))
	}
}

func check(what string, err error) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}
