// Starts controller-runtime's envtest with whatever KUBEBUILDER_ASSETS names, and prints a line for each thing that works.
package main

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
	fmt.Println(what)
}

func crd() *apiextensionsv1.CustomResourceDefinition {
	text := apiextensionsv1.JSONSchemaProps{Type: "string", Pattern: "^[a-z]+$"}
	spec := apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"text": text}}
	root := apiextensionsv1.JSONSchemaProps{Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"spec": spec}}
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "notes.example.com"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: "example.com",
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "notes", Singular: "note", Kind: "Note", ListKind: "NoteList"},
			Scope: apiextensionsv1.NamespaceScoped,
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &root},
			}},
		},
	}
}

func note(name, text string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(schema.GroupVersionKind{Group: "example.com", Version: "v1", Kind: "Note"})
	object.SetNamespace("default")
	object.SetName(name)
	_ = unstructured.SetNestedField(object.Object, text, "spec", "text")
	return object
}

func main() {
	ctx := context.Background()
	environment := &envtest.Environment{CRDInstallOptions: envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{crd()}}}
	config, err := environment.Start()
	check("start, with a definition", err)
	direct, err := client.New(config, client.Options{})
	check("client", err)
	check("create", direct.Create(ctx, note("a", "hello")))
	if err := direct.Create(ctx, note("b", "Hello")); !apierrors.IsInvalid(err) {
		check("refuses what the schema doesn't allow", fmt.Errorf("got %v", err))
	}
	check("refuses what the schema doesn't allow", nil)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "default"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}
	check("a pod without a service account", direct.Create(ctx, pod))
	user, err := environment.AddUser(envtest.User{Name: "dev", Groups: []string{"developers"}}, nil)
	check("a further user", err)
	limited, err := client.New(user.Config(), client.Options{})
	check("its client", err)
	if err := limited.Get(ctx, client.ObjectKeyFromObject(pod), &corev1.Pod{}); !apierrors.IsForbidden(err) {
		check("who may nothing", fmt.Errorf("got %v", err))
	}
	check("who may nothing", nil)
	check("stop", environment.Stop())
}
