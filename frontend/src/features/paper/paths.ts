/** The ten findings of the paper's section 8, each with a way to look for it in the run on screen. */
import * as judges from './evidence';

export interface Step {
  readonly text: string;
  /**
   * What the step shows, as fields of the address; `{name}` stands for what was found in the run
   * under that name. Where that is missing, there is nothing to show.
   */
  readonly show: string;
}

export interface Path {
  readonly title: string;
  /** Of the paper. */
  readonly section: string;
  readonly found: string;
  readonly steps: readonly Step[];
  /** What is on screen where it holds, and where it does not. */
  readonly holds: string;
  readonly otherwise: string;
  readonly judge: judges.Judge;
  /** What must be asked for it. */
  readonly needs?: 'images' | 'weight_sd' | 'weight_mean' | 'findings' | 'correlation';
}

export const PATHS: readonly Path[] = [
  {
    title: 'Classes are learned at different paces',
    section: '8.1, Fig. 3',
    found:
      'The error of all images falls slowly. Below it are four groups of classes: from those that are right after a few iterations to those that stay wrong to the end.',
    steps: [
      { text: 'See the clusters, from easy to hard.', show: 'screen.view*validation' },
      {
        text: 'Open the hardest one into its classes.',
        show: 'screen.view*validation!validation.openClusters**{hardest}',
      },
    ],
    holds:
      'Each stripe turns from wrong to correct later than the one above; the last stays wrong for long.',
    otherwise: 'One list of classes by difficulty: they are learned alike.',
    judge: judges.clusters,
  },
  {
    title: 'Peaks of the error are many classes that flip',
    section: '8.1, Fig. 6 c and f',
    found:
      'Three peaks of the error in the first stage of the learning rate are columns of anomalies; in later stages there are fewer.',
    steps: [
      {
        text: 'See only classes with anomalies.',
        show: 'screen.view*validation!validation.onlyAnomalies*1',
      },
      {
        text: 'Go to the iteration with most classes; the inspector shows the images that flip there.',
        show: 'screen.view*validation!validation.onlyAnomalies*1!axis.step*{step}',
      },
    ],
    holds: 'Triangles stand in columns below the peaks of the curve, most of them at the left.',
    otherwise: 'Triangles are spread over the classes and the iterations.',
    judge: judges.peaks,
  },
  {
    title: 'A whole class flips at once',
    section: '8.1, Fig. 6 e',
    found:
      'Nearly all images of the class “mushroom” flip at one iteration, and are right more steadily after it: a better local optimum for this class.',
    steps: [
      {
        text: 'Open the class with the strongest anomaly, at its iteration.',
        show: 'screen.view*validation!validation.openClasses*{class}!validation.pinned*{class}!screen.selected*class*{class}!axis.step*{step}',
      },
      {
        text: 'See which filters moved most there: the inspector lists them below the images.',
        show: 'screen.view*validation!validation.pinned*{class}!axis.step*{step}',
      },
    ],
    holds: 'The images change their colour along one vertical line, and keep it.',
    otherwise: 'The images of the class change at different iterations.',
    judge: judges.whole,
  },
  {
    title: 'Images that are never learned look different',
    section: '8.1, Fig. 6 d',
    found:
      'The mushrooms that are always wrong are white or orange; those that are learned are red.',
    steps: [
      {
        text: 'Open a class of which a few images are never right; they are at its bottom.',
        show: 'screen.view*validation!validation.openClasses*{class}!validation.pinned*{class}!screen.selected*class*{class}!images.sort*learned',
      },
    ],
    holds:
      'The inspector shows these images apart from the others, and they share a colour, a background or a form.',
    otherwise: 'Every image is right at some validation, or whole classes never are.',
    judge: judges.never,
    needs: 'images',
  },
  {
    title: 'The spread of the weights falls, and is smaller in deeper modules',
    section: '8.2, Fig. 7 a to c',
    found:
      'The standard deviation falls in all modules, and in each is about half of what it is in the one before.',
    steps: [
      {
        text: 'See the standard deviation of all modules as horizon graphs.',
        show: 'screen.view*layers!layers.statistic*weight_sd!layers.chart*horizon!layers.sharedScale*1',
      },
      {
        text: 'Read the values as lines, each on a scale of its own.',
        show: 'screen.view*layers!layers.statistic*weight_sd!layers.chart*line',
      },
    ],
    holds: 'Every graph fades to the right, and the lower ones are paler.',
    otherwise: 'Some modules grow: look for weight decay, and at those first.',
    judge: judges.spread,
    needs: 'weight_sd',
  },
  {
    title: 'The means of the weights become negative, but for the last layer',
    section: '8.2, Fig. 8 a and b',
    found:
      'Soon after the start the mean is negative in every layer, which with ReLU filters out what does not matter; in the last, fully connected layer it is positive.',
    steps: [
      {
        text: 'See the means of all modules as horizon graphs: one colour above 0, another below.',
        show: 'screen.view*layers!layers.statistic*weight_mean!layers.chart*horizon!layers.sharedScale*0',
      },
      {
        text: 'Read them as lines.',
        show: 'screen.view*layers!layers.statistic*weight_mean!layers.chart*line',
      },
    ],
    holds: 'All graphs change to the colour of negative values at once; the last one does not.',
    otherwise: 'Means stay near 0 or have both signs, as with batch normalisation on few images.',
    judge: judges.means,
    needs: 'weight_mean',
  },
  {
    title: 'Two filters never change',
    section: '8.2, Fig. 7 d and e',
    found:
      'Changes are large in the first stage and small later, but two of the 64 filters of the first layer never change: dead ReLUs, from a learning rate that is too high at the start. Without them nothing is lost.',
    steps: [
      {
        text: 'See the filters of that layer, each normalised by itself.',
        show: 'screen.view*layers!layers.normalize*filter!screen.selected*filter*{layer}*{filter}',
      },
      {
        text: 'See the rule that finds such filters, and where it holds.',
        show: 'screen.view*findings!findings.rule*dead_filters',
      },
    ],
    holds: 'Their rows have the colour of no change from the left to the right.',
    otherwise: 'Every filter changes; the rule is under Findings all the same.',
    judge: judges.dead,
    needs: 'findings',
  },
  {
    title: 'A few filters never settle',
    section: '8.2, Fig. 8 c',
    found:
      'In a middle layer, three filters change much more than the others to the end, when the learning rate is small.',
    steps: [
      {
        text: 'See the filters of that layer, normalised by iteration.',
        show: 'screen.view*layers!layers.normalize*iteration!screen.selected*filter*{layer}*{filter}',
      },
    ],
    holds: 'A few rows are bright at the right, and all others dark.',
    otherwise: 'The filters of a layer settle together.',
    judge: judges.restless,
    needs: 'findings',
  },
  {
    title: 'Shallow filters are shared by classes, deep ones belong to few',
    section: '8.3, Fig. 9 b1 and b2',
    found:
      'Anomaly filters of shallow layers move when many classes flip, those of deep layers when one or a few do. Images that flip with a shallow filter have blue behind them; with a deep one, a bush.',
    steps: [
      {
        text: 'See which layers move when which classes flip.',
        show: 'screen.view*correlation',
      },
      {
        text: 'See the mini-sets: long lines are shared by many classes.',
        show: 'screen.view*correlation!correlation.detail*advanced',
      },
      {
        text: 'See them on the cube, and pick one; then open its classes and look at their images.',
        show: 'screen.view*cube',
      },
    ],
    holds: 'Rows at the top have marks in many columns, those at the bottom in few.',
    otherwise: 'Marks are spread alike, as where all layers move at each flip.',
    judge: judges.shared,
    needs: 'correlation',
  },
  {
    title: 'Filters that matter for one class',
    section: '8.3, Fig. 9 c',
    found:
      'Two filters are among those that move most at two iterations of the class “gong”, and of no other: the class is learned then, for a while.',
    steps: [
      {
        text: 'See the mini-set that appears more than once for one class alone.',
        show: 'screen.view*correlation!correlation.detail*advanced!correlation.picksA*{pick}',
      },
      {
        text: 'Follow it over the edges of the cube.',
        show: 'screen.view*cube!correlation.picksA*{pick}',
      },
      {
        text: 'See the images of the class.',
        show: 'screen.view*validation!validation.openClasses*{class}!validation.pinned*{class}!screen.selected*class*{class}',
      },
    ],
    holds: 'One row, one column, two marks in their cell.',
    otherwise:
      'Mini-sets appear once, or for several classes: more anomaly filters, or a lower score, may show some.',
    judge: judges.own,
    needs: 'correlation',
  },
];

/** The fields that a step shows; null where it needs what is not there. */
export function fieldsOf(step: Step, at: Readonly<Record<string, string>>): string | null {
  let isComplete = true;
  const fields = step.show.replace(/\{(\w+)\}/g, (_, name: string) => {
    isComplete &&= name in at;
    return at[name] ?? '';
  });
  return isComplete ? fields : null;
}

/** The address with other fields, but for those of the run and of the path. */
export function addressWith(address: string, fields: string): string {
  const [version, ...before] = address.split('!');
  const kept = before.filter((field) => KEPT.includes(field.split('*')[0] ?? ''));
  return [version, ...kept, fields].join('!');
}

const KEPT = ['screen.run', 'run.imageSet', 'paper.path'];
