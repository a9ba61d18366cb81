export const VIEW = 'map';
