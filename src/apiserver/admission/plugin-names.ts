/** All plug-ins that upstream has, in the order in which they are asked, with those that are on by default marked. */
const plugins = `AlwaysAdmit NamespaceAutoProvision *NamespaceLifecycle NamespaceExists LimitPodHardAntiAffinityTopology *LimitRanger
  *ServiceAccount *NodeRestriction *TaintNodesByCondition AlwaysPullImages ImagePolicyWebhook *PodSecurity PodNodeSelector *Priority
  *DefaultTolerationSeconds PodTolerationRestriction EventRateLimit ExtendedResourceToleration *DefaultStorageClass
  *StorageObjectInUseProtection *PodGroupProtection OwnerReferencesPermissionEnforcement *PersistentVolumeClaimResize *RuntimeClass
  *CertificateApproval *CertificateSigning *ClusterTrustBundleAttest *CertificateSubjectRestriction *DefaultIngressClass
  DenyServiceExternalIPs *PodTopologyLabels *PodGroupWorkloadExists *NodeDeclaredFeatureValidator *JobValidation *PodResizeValidator
  *MutatingAdmissionPolicy *MutatingAdmissionWebhook *ValidatingAdmissionPolicy *ValidatingAdmissionWebhook *ResourceQuota AlwaysDeny`.split(
  /\s+/,
);

export const pluginNames: readonly string[] = plugins.map((name) => name.replace("*", ""));

/** The plug-ins that run, of those to be enabled and disabled beside the default. Throws where they can't be meant. */
export function enabledPlugins(enabled: readonly string[], disabled: readonly string[]): ReadonlySet<string> {
  const complaints = [
    ...enabled.filter(isUnknown).map((name) => `enable-admission-plugins plugin ${JSON.stringify(name)} is unknown`),
    ...disabled.filter(isUnknown).map((name) => `disable-admission-plugins plugin ${JSON.stringify(name)} is unknown`),
  ];
  const both = enabled.filter((name) => disabled.includes(name)).sort();
  if (both.length > 0) complaints.push(`[${both.join(" ")}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  if (complaints.length > 0) throw new Error(complaints.length === 1 ? complaints[0] : `[${complaints.join(", ")}]`);
  const byDefault = plugins.filter((name) => name.startsWith("*")).map((name) => name.slice(1));
  return new Set([...byDefault.filter((name) => !disabled.includes(name)), ...enabled]);
}

function isUnknown(name: string): boolean {
  return !pluginNames.includes(name);
}
