// Package operator keeps a config map with the list of each basket, as an operator made with kubebuilder would.
package operator

import (
	"context"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	v1 "kybern.io/operator/api/v1"
	"kybern.io/operator/api/v1beta1"
)

const finalizer = "shop.example.com/list"

// Reconciler writes the list and the status of baskets.
type Reconciler struct {
	client.Client
}

func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var basket v1.Basket
	if err := r.Get(ctx, request.NamespacedName, &basket); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !basket.DeletionTimestamp.IsZero() {
		if controllerutil.RemoveFinalizer(&basket, finalizer) {
			return ctrl.Result{}, r.Update(ctx, &basket)
		}
		return ctrl.Result{}, nil
	}
	if controllerutil.AddFinalizer(&basket, finalizer) {
		if err := r.Update(ctx, &basket); err != nil {
			return ctrl.Result{}, err
		}
	}
	list := &corev1.ConfigMap{}
	list.Name, list.Namespace = basket.Name+"-list", basket.Namespace
	var total int32
	var lines []string
	for _, item := range basket.Spec.Items {
		total += item.Count
		lines = append(lines, fmt.Sprintf("%d %s", item.Count, item.Name))
	}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, list, func() error {
		list.Data = map[string]string{"list": strings.Join(lines, "\n")}
		return controllerutil.SetControllerReference(&basket, list, r.Scheme())
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	if basket.Status.Total == total && basket.Status.ObservedGeneration == basket.Generation {
		return ctrl.Result{}, nil
	}
	basket.Status = v1.BasketStatus{Total: total, ObservedGeneration: basket.Generation}
	err = r.Status().Update(ctx, &basket)
	if apierrors.IsConflict(err) {
		return ctrl.Result{Requeue: true}, nil
	}
	return ctrl.Result{}, err
}

// Admission fills baskets in, and refuses wrong ones.
type Admission struct{}

func (Admission) Default(_ context.Context, basket *v1.Basket) error {
	for i := range basket.Spec.Items {
		if basket.Spec.Items[i].Count == 0 {
			basket.Spec.Items[i].Count = 1
		}
	}
	return nil
}

func (Admission) ValidateCreate(_ context.Context, basket *v1.Basket) (admission.Warnings, error) {
	if len(basket.Spec.Items) == 0 {
		return admission.Warnings{"the basket is empty"}, nil
	}
	return nil, nil
}

func (Admission) ValidateUpdate(_ context.Context, before, now *v1.Basket) (admission.Warnings, error) {
	if before.Spec.Owner != now.Spec.Owner {
		return nil, errors.New("a basket keeps its owner")
	}
	return nil, nil
}

func (Admission) ValidateDelete(_ context.Context, basket *v1.Basket) (admission.Warnings, error) {
	if basket.Labels["keep"] == "true" {
		return nil, errors.New("the basket is to be kept")
	}
	return nil, nil
}

// Scheme knows all that the operator works with.
func Scheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1.AddToScheme, v1beta1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, err
		}
	}
	return scheme, nil
}

// SetUp adds the controller and the webhooks to a manager.
func SetUp(manager ctrl.Manager) error {
	if err := ctrl.NewWebhookManagedBy(manager, &v1.Basket{}).WithDefaulter(Admission{}).WithValidator(Admission{}).Complete(); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(manager).For(&v1.Basket{}).Owns(&corev1.ConfigMap{}).Complete(&Reconciler{manager.GetClient()})
}
