// The ollama client imports a polyfill of fetch for old browsers; workerd and Node have their own.
export default null;
