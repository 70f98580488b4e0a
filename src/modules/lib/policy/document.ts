import { policyForm } from './form.ts'
import { problemsOf } from './problems.ts'

/** A policy whose parts also fit each other. */
export const policyDocument = policyForm.superRefine((document, context) => {
  for (const { path, message } of problemsOf(document))
    context.addIssue({ code: 'custom', path: [...path], message })
})
