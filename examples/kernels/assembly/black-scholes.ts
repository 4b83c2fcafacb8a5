import { Ptr } from "allcores/assembly";

/** The distribution function of the normal distribution (Abramowitz and Stegun 26.2.17): to within 7.5e-8. */
function cdf(x: f64): f64 {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    0.3989422804014327 * Math.exp(-0.5 * x * x) *
    (t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))));
  return x < 0 ? tail : 1 - tail;
}

/** Prices of European calls and puts, by spot price, strike and years to run, at one rate and volatility. */
export function blackScholes(
  begin: i32,
  end: i32,
  rate: f64,
  volatility: f64,
  spot: Ptr<f64>,
  strike: Ptr<f64>,
  years: Ptr<f64>,
  call: Ptr<f64>,
  put: Ptr<f64>,
): void {
  for (let i = begin; i < end; i++) {
    const deviation = volatility * Math.sqrt(years[i]);
    const d1 = (Math.log(spot[i] / strike[i]) + (rate + 0.5 * volatility * volatility) * years[i]) / deviation;
    const discounted = strike[i] * Math.exp(-rate * years[i]);
    const a = cdf(d1);
    const b = cdf(d1 - deviation);
    call[i] = spot[i] * a - discounted * b;
    put[i] = discounted * (1 - b) - spot[i] * (1 - a);
  }
}
