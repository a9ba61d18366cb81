import type { RunScope } from '../../run/scope.svelte';
import type { Missing } from '../../shell/feature';

/** Says what a view of predictions lacks: null where there are validations. */
export const withoutValidations =
  (purpose: string) =>
  ({ data }: RunScope): Missing | null =>
    data?.steps.validations.length === 0
      ? {
          title: 'This run has no validations',
          text: `Log the labels of a validation set once, and the predicted classes at every validation, to see ${purpose}.`,
          code: `writer.add_validation_set(labels, class_names, images=images)
writer.add_predictions(predicted, global_step)  # at every validation`,
        }
      : null;
