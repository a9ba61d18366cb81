export const VIEW = 'images';
