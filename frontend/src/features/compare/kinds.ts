export const VIEW = 'compare';
